import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A part did not start, or ended when it should not have. The message carries the last lines of its log. */
export class StackError extends Error {
  readonly #log: string;

  constructor(message: string, log: string) {
    super(`${message}\n${tail(log, 30)}`);
    this.name = "StackError";
    this.#log = log;
  }

  /** All of the log. Private as a field, so that who prints the error does not print it. */
  get log(): string {
    return this.#log;
  }
}

export interface Command {
  /** What people call the part, for messages. */
  readonly title: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** All that the process sees of an environment, besides PATH and HOME: a proxy setting or an ISTIO_… variable of the caller would change the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One running program of the stack, its output, and its end. */
export class Process {
  readonly title: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  /** While it runs, the file descriptor of its log; afterwards the text. */
  #log: number | string;
  #end: string | undefined;

  constructor({ title, file, args, cwd, env }: Command) {
    this.title = title;
    // A file and no pipe: when this process is killed, a pipe would break, and the first line that the agent logs about
    // its own end would be its last deed, before it has ended its Envoy.
    this.#log = namelessFile();
    const [program, ...rest] = [...dieWithParent(), file, ...args];
    this.#child = spawn(program!, rest, {
      cwd: cwd ?? tmpdir(),
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ["ignore", this.#log, this.#log],
    });
    running.add(this);
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.#end !== undefined) return;
        this.#end = how;
        this.#keepLog();
        running.delete(this);
        resolve();
      };
      this.#child.once("error", (error) => end(error.message));
      this.#child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  get running(): boolean {
    return this.#end === undefined;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it has written to stdout and stderr so far, the last 8 MB of it. */
  logs(): string {
    return typeof this.#log === "string" ? this.#log : readEnd(this.#log, LOG_LIMIT);
  }

  /** Asks again and again until `probe` says yes. A probe that throws has said no. @throws {StackError} when the process ends, or after `timeout` ms. */
  async ready(probe: () => boolean | Promise<boolean>, timeout = 60_000): Promise<void> {
    const deadline = Date.now() + timeout;
    for (;;) {
      if (
        await Promise.resolve()
          .then(probe)
          .catch(() => false)
      )
        return;
      if (!this.running) throw new StackError(`${this.title} ended (${this.#end}) before it was ready`, this.logs());
      if (Date.now() > deadline) throw new StackError(`${this.title} was not ready after ${timeout} ms`, this.logs());
      await sleep(40);
    }
  }

  /** SIGTERM, and SIGKILL to what is left of it and its children after `grace` ms. Returns when it is gone. */
  async stop(grace = 5_000): Promise<void> {
    if (!this.running) return;
    const tree = this.#tree();
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => killAll(tree), grace);
    await this.#ended;
    clearTimeout(late);
    killAll(tree.slice(1));
  }

  /** Ends it and its children this instant, as a crash of its machine would. */
  kill(): void {
    killAll(this.#tree());
  }

  #keepLog(): void {
    const text = this.logs();
    closeSync(this.#log as number);
    this.#log = text;
  }

  #tree(): number[] {
    return this.running && this.pid !== undefined ? [this.pid, ...descendants(this.pid)] : [];
  }
}

/** A new folder in the system's temporary folder; removed with {@link removeFolder}, at the latest when this process ends. */
export async function temporaryFolder(title: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `asmfilter-${title}-`));
  folders.add(folder);
  return folder;
}

export async function removeFolder(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  folders.delete(folder);
}

const LOG_LIMIT = 8 * 1024 * 1024;
const running = new Set<Process>();
const folders = new Set<string>();

function cleanUp(): void {
  for (const part of running) part.kill();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

process.once("exit", cleanUp);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    cleanUp();
    // The default, to end, is gone once a listener was there.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  });
}

let setpriv: readonly string[] | undefined;

/** Where util-linux can do it, the kernel sends SIGTERM to the part when this process is gone, however it went. */
function dieWithParent(): readonly string[] {
  setpriv ??=
    process.platform === "linux" && spawnSync("setpriv", ["--pdeathsig", "TERM", "true"]).status === 0
      ? ["setpriv", "--pdeathsig", "TERM", "--"]
      : [];
  return setpriv;
}

/** The processes below `pid`; none where there is no /proc. */
function descendants(pid: number): number[] {
  try {
    // A child belongs to the thread that made it.
    const children = readdirSync(`/proc/${pid}/task`)
      .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" "))
      .filter(Boolean)
      .map(Number);
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

/** A file for reading and appending that is gone when the last process that has it open is. */
function namelessFile(): number {
  const path = join(tmpdir(), `asmfilter-log-${randomUUID()}`);
  const file = openSync(path, "ax+", 0o600);
  rmSync(path);
  return file;
}

function readEnd(file: number, limit: number): string {
  const { size } = fstatSync(file);
  const buffer = Buffer.alloc(Math.min(size, limit));
  return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, size - buffer.length));
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It was gone already.
    }
  }
}

function tail(log: string, lines: number): string {
  return log
    .trimEnd()
    .split("\n")
    .slice(-lines)
    .map((line) => `  | ${line}`)
    .join("\n");
}
