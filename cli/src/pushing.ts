import { dirname, resolve } from "node:path";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { inFolders, writeFiles } from "./files.ts";
import type { RegistryFlags } from "./options.ts";
import { warn } from "./output.ts";
import { openLocal, packLocal } from "./packing.ts";
import { openAccess, pinned, referenceOf, talk } from "./registry.ts";

export interface PushFlags extends RegistryFlags {
  annotation?: Record<string, string>;
  digestFile?: string;
}

/** What was pushed, and where it is now. */
export interface Pushed {
  name: string;
  version?: string;
  /** With the digest, as a deployment should name it. */
  reference: string;
  digest: string;
}

/** Builds a filter's folder, or takes a .wasm file, and pushes its artifact. */
export async function pushFilter(path: string, given: string, flags: PushFlags, context: Context): Promise<Pushed> {
  const reference = referenceOf(given, context);
  if (reference.digest !== undefined) {
    throw new AsmFilterError("ASMF_USAGE", `${given} holds a digest, and what a push makes decides its own`, {
      hint: "Leave the digest out; push prints the one that the artifact has.",
    });
  }
  const access = await openAccess(flags, context);
  const local = await openLocal(path, true, context);
  const digestFile = flags.digestFile === undefined ? undefined : resolve(context.cwd, flags.digestFile);
  const folders = [
    ...(digestFile === undefined ? [] : [dirname(digestFile)]),
    ...(reference.kind === "layout" ? [reference.path] : []),
  ];
  // First, so that nothing is pushed whose digest would be lost.
  const { digest } = await inFolders(folders, () =>
    talk(access, context, {
      reference,
      doing: `pushing to ${given}`,
      async work(target, signal) {
        const manifest = await packLocal(target, local, flags.annotation ?? {}, signal);
        if (reference.tag !== undefined) await target.tag(manifest, reference.tag, { signal });
        return manifest;
      },
    }),
  );
  if (digestFile !== undefined) await writeFiles([{ path: digestFile, content: `${digest}\n` }]);
  if (reference.tag === undefined) warn(context, `${given} has no tag, so only the digest names what was pushed`);
  const { name, version } = { name: local.fallbackName, version: undefined, ...local.config };
  return { name, ...(version !== undefined && { version }), reference: pinned(given, digest), digest };
}
