import { resolve } from "node:path";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { writeFiles } from "./files.ts";
import type { RegistryFlags } from "./options.ts";
import { progress } from "./output.ts";
import { openLocal, packLocal } from "./packing.ts";
import { open, pinned, referenceOf } from "./registry.ts";

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
  const target = await open(reference, flags, context);
  const local = await openLocal(path, true, context);
  const { digest } = await progress(context, `pushing to ${given}`, async () => {
    const manifest = await packLocal(target, local, flags.annotation ?? {});
    if (reference.tag !== undefined) await target.tag(manifest, reference.tag);
    return manifest;
  });
  if (flags.digestFile !== undefined) {
    await writeFiles([{ path: resolve(context.cwd, flags.digestFile), content: `${digest}\n` }]);
  }
  const { name, version } = { name: local.fallbackName, version: undefined, ...local.config };
  return { name, ...(version !== undefined && { version }), reference: pinned(given, digest), digest };
}
