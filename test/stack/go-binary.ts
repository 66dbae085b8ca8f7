import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cached, cachedFolder } from "./cache.ts";

/** A program that is built from a Go module under `test/stack/go`, with the versions its go.mod and go.sum name. */
export interface GoProgram {
  readonly name: string;
  /** The folder under `test/stack/go`. */
  readonly module: string;
  /** What to build: `./cmd/x`, or a package of a module that go.mod requires. */
  readonly package: string;
  readonly version: string;
  readonly ldflags?: string;
  /** The environment variable with which people bring their own binary. */
  readonly override: string;
}

/** The program's path; built at first use. @throws when it cannot be built: the message holds Go's own. */
export async function goBinary(program: GoProgram): Promise<string> {
  const own = process.env[program.override];
  if (own) return own;
  const folder = await cached({
    key: key(program),
    doing: `building ${program.name} ${program.version}`,
    // One Go build uses every core, and two would compile the packages they share twice.
    lock: "go",
    make: async (folder) => {
      // As in the module's go.mod, with the committed sums: a build that needs another version fails instead of taking it.
      await go(program.module, ["build", ...flags(program), "-o", join(folder, program.name), program.package]);
    },
  });
  return join(folder, program.name);
}

/** Why the program cannot be had here; undefined when it can. */
export function goBinaryMissing(program: GoProgram): string | undefined {
  const own = process.env[program.override];
  if (own) return existsSync(own) ? undefined : `${program.override} names ${own}, which is not there`;
  if (cachedFolder(key(program))) return undefined;
  const reason = goMissing(program.module);
  return reason && `${program.name}: ${reason}, or a binary of your own in ${program.override}`;
}

/** Why the module under `test/stack/go` cannot be built here; undefined when it can. */
export function goMissing(module: string): string | undefined {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION", "GOTOOLCHAIN"], { encoding: "utf8" });
  const needed = /^go (\S+)$/m.exec(readFileSync(join(moduleFolder(module), "go.mod"), "utf8"))![1]!;
  if (status !== 0) return `needs Go ≥ ${needed}`;
  const [version = "", toolchain] = stdout.trim().split("\n");
  // Any other setting lets Go fetch the toolchain that go.mod asks for.
  if (toolchain !== "local" || compareVersions(version.replace(/^go/, ""), needed) >= 0) return undefined;
  return `needs Go ≥ ${needed}; this is ${version} with GOTOOLCHAIN=local`;
}

/** Runs `go` in a module under `test/stack/go` and returns its stdout. */
export async function go(module: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, GOFLAGS: "-mod=readonly -buildvcs=false", CGO_ENABLED: "0" };
  const { stdout } = await promisify(execFile)("go", args, { cwd: moduleFolder(module), env, maxBuffer: 2 ** 26 });
  return stdout;
}

/** The first of `names` in the folders of PATH. */
export function findOnPath(...names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** Holds a hash of what decides the outcome: the module's go.mod and go.sum, the flags, and the sources where they are ours. */
function key(program: GoProgram): string {
  const root = moduleFolder(program.module);
  const own = program.package.startsWith(".") ? readdirSync(join(root, program.package)).sort() : [];
  const hash = createHash("sha256").update(
    JSON.stringify([program.package, flags(program), process.platform, process.arch]),
  );
  for (const file of ["go.mod", "go.sum", ...own.filter(isSource).map((file) => join(program.package, file))]) {
    hash.update(readFileSync(join(root, file)));
  }
  return `${program.name}-${program.version}-${hash.digest("hex").slice(0, 12)}`;
}

function isSource(file: string): boolean {
  return file.endsWith(".go");
}

function flags(program: GoProgram): string[] {
  return ["-trimpath", "-ldflags", ["-s -w", program.ldflags].filter(Boolean).join(" ")];
}

/** Beside this file as it is in `test/stack`, or as compiled in `test/dist/stack`. */
function moduleFolder(module: string): string {
  const beside = join(import.meta.dirname, "go", module);
  return existsSync(beside) ? beside : join(import.meta.dirname, "..", "..", "stack", "go", module);
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(/[.-]/).map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (a![i] || 0) - (b![i] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
