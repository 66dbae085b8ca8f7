import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import {
  type Credentials,
  dockerCredentials,
  type OpenTargetOptions,
  openTarget,
  parseReference,
  type Reference,
  type Target,
} from "@asmfilter/oci";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { readText } from "./files.ts";
import type { RegistryFlags } from "./options.ts";
import { progress, say } from "./output.ts";
import { isFailure } from "./report.ts";

/** Reads a reference; the path of an image layout counts from the folder in which the command runs. */
export function referenceOf(given: string, context: Context): Reference {
  const reference = parseReference(given);
  if (reference.kind === "registry") return reference;
  const path = reference.path.startsWith("~")
    ? join(context.env.HOME ?? homedir(), reference.path.slice(1))
    : reference.path;
  return { ...reference, path: resolve(context.cwd, path) };
}

/** A reference as it was given, with the digest that it was found to have. */
export function pinned(given: string, digest: string): string {
  return `${given.replace(/^oci:\/\//, "").replace(/@[^@/]*$/, "")}@${digest}`;
}

/** How registries are reached in one run of the command. */
export interface Access {
  readonly options: OpenTargetOptions;
  /** Seconds that one piece of work may take. */
  readonly timeout: number;
}

/** Reads what the flags name: the password from stdin, and the CA's file. To be called once in a run, as stdin can be read once. */
export async function openAccess(flags: RegistryFlags, context: Context): Promise<Access> {
  const credentials = (await givenCredentials(flags, context)) ?? dockerCredentials(context.env);
  const options = {
    credentials,
    ...(flags.plainHttp === true && { plainHTTP: true }),
    ...(flags.insecureSkipVerify === true && { insecureSkipVerify: true }),
    ...(flags.caFile !== undefined && { ca: await readText(resolve(context.cwd, flags.caFile)) }),
  };
  return { options, timeout: flags.timeout };
}

async function givenCredentials(flags: RegistryFlags, context: Context): Promise<Credentials | undefined> {
  const { username, passwordStdin } = flags;
  if (username === undefined && passwordStdin === undefined) return undefined;
  if (username === undefined || passwordStdin === undefined) {
    throw new AsmFilterError("ASMF_USAGE", "--username and --password-stdin belong together", {
      hint: 'Give both: printf %s "$PASSWORD" | asmfilter … --username NAME --password-stdin',
    });
  }
  const password = (await text(context.stdin)).replace(/\r?\n$/, "");
  if (password !== "") return { username, password };
  throw new AsmFilterError("ASMF_USAGE", "--password-stdin found no password on stdin", {
    hint: 'Check what is piped in: printf %s "$PASSWORD" | asmfilter … --password-stdin',
  });
}

/** Stdin can be read to its end by one only. */
export function refuseSharedStdin(readers: Readonly<Record<string, boolean>>): void {
  const [first, second] = Object.keys(readers).filter((flag) => readers[flag]);
  if (second === undefined) return;
  throw new AsmFilterError("ASMF_USAGE", `${first} and ${second} both read stdin`, {
    hint: "Give one of them a file; a password can come from docker's config.json as well.",
  });
}

/** What is done with a target while the user waits. */
export interface Talk<T> {
  reference: Reference;
  /** What is shown meanwhile: `pulling ./store:0.1`. */
  doing: string;
  work(target: Target, signal: AbortSignal): Promise<T>;
}

/**
 * Opens what a reference names and works with it: says so, where the registry lets wait, and gives up when the time is over.
 * @throws {AsmFilterError} ASMF_TIMEOUT
 */
export async function talk<T>(access: Access, context: Context, { reference, doing, work }: Talk<T>): Promise<T> {
  const target = openTarget(reference, access.options);
  if (reference.kind === "layout") {
    const { signal } = new AbortController();
    return progress(context, doing, () => work(target, signal)).catch((error: unknown) => {
      throw naming(error, reference.path);
    });
  }
  return progress(context, doing, () =>
    inTime(access.timeout, reference.registry, context, (signal) => work(target, signal)),
  );
}

/** After that many seconds of silence people begin to wonder. */
const PATIENCE = 10;

async function inTime<T>(
  timeout: number,
  host: string,
  context: Context,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const lap = context.stderr.isTTY === true ? "\r\u001b[2K" : "";
  const notice = setTimeout(
    () => {
      context.stderr.write(lap);
      say(context, `still waiting for ${host}; giving up after ${timeout} s (--timeout)`);
    },
    Math.min(PATIENCE, timeout / 2) * 1000,
  );
  const failure = new AsmFilterError("ASMF_TIMEOUT", `${host} did not answer all of it within ${timeout} s`, {
    hint: "Check that the registry runs and is reached without a proxy that swallows; give it longer by --timeout SECONDS.",
  });
  const end = setTimeout(() => ending.abort(failure), timeout * 1000);
  // Not every step looks at the signal: a login goes on until it is over.
  ending.signal.addEventListener("abort", () => context.abandon?.());
  const aborted = new Promise<never>((_, reject) => ending.signal.addEventListener("abort", () => reject(failure)));
  return Promise.race([work(ending.signal), aborted]).finally(() => {
    clearTimeout(notice);
    clearTimeout(end);
  });
}

/** What is wrong in a layout's files is said without the layout, where it was only content to whoever found it. */
function naming(error: unknown, layout: string): unknown {
  if (isFailure(error) && error.code.startsWith("ASMF_OCI_") && !error.message.includes(layout)) {
    error.message = `${layout}: ${error.message}`;
  }
  return error;
}
