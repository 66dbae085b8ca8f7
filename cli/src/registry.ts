import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { dockerCredentials, openTarget, parseReference, type Reference, type Target } from "@asmfilter/oci";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import type { RegistryFlags } from "./options.ts";

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

/** Opens what a reference names, with the flags' way to reach a registry. Nothing is sent yet. */
export async function open(reference: Reference, flags: RegistryFlags, context: Context): Promise<Target> {
  const credentials = (await givenCredentials(flags, context)) ?? dockerCredentials(context.env);
  return openTarget(reference, {
    credentials,
    ...(flags.plainHttp === true && { plainHTTP: true }),
    ...(flags.insecureSkipVerify === true && { insecureSkipVerify: true }),
    ...(flags.caFile !== undefined && { ca: await readFile(resolve(context.cwd, flags.caFile), "utf8") }),
  });
}

async function givenCredentials(flags: RegistryFlags, context: Context) {
  const { username, passwordStdin } = flags;
  if (username === undefined && passwordStdin === undefined) return undefined;
  if (username === undefined || passwordStdin === undefined) {
    throw new AsmFilterError("ASMF_USAGE", "--username and --password-stdin belong together", {
      hint: 'Give both: printf %s "$PASSWORD" | asmfilter … --username NAME --password-stdin',
    });
  }
  return { username, password: (await text(context.stdin)).replace(/\r?\n$/, "") };
}
