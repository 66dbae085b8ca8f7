import { basename, dirname, join } from "node:path";
import { readModule } from "@asmfilter/host/metadata";
import { readFilter, versionOf } from "@asmfilter/oci";
import type { Context } from "./context.ts";
import { writeFiles } from "./files.ts";
import type { RegistryFlags } from "./options.ts";
import { progress } from "./output.ts";
import { open, pinned, referenceOf } from "./registry.ts";

/** What was pulled, and the files that hold it now. */
export interface Pulled {
  /** With the digest. */
  reference: string;
  digest: string;
  /** Absolute paths: the module, and its configuration where the artifact has one. */
  files: string[];
}

/** Fetches an artifact, and writes module and configuration when all of it is there and verified; else nothing. */
export async function pullFilter(
  given: string,
  output: string,
  flags: RegistryFlags,
  context: Context,
): Promise<Pulled> {
  const reference = referenceOf(given, context);
  const target = await open(reference, flags, context);
  const { artifact, wasm } = await progress(context, `pulling ${given}`, async () => {
    const artifact = await readFilter(target, versionOf(reference));
    return { artifact, wasm: await artifact.wasm() };
  });
  readModule(wasm); // an artifact may hold anything
  const path = output.endsWith(".wasm") ? output : join(output, `${nameOf(artifact.config?.name, given)}.wasm`);
  const files = [{ path, content: wasm as string | Uint8Array }];
  if (artifact.config !== undefined) {
    const config = join(dirname(path), `${basename(path, ".wasm")}.json`);
    files.push({ path: config, content: `${JSON.stringify(artifact.config, undefined, 2)}\n` });
  }
  await writeFiles(files);
  return {
    reference: pinned(given, artifact.descriptor.digest),
    digest: artifact.descriptor.digest,
    files: files.map((file) => file.path),
  };
}

/** The name in the artifact comes from whoever pushed it, and becomes a file's: it must not lead anywhere else. */
function nameOf(name: string | undefined, given: string): string {
  if (name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  const path = given.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  return basename(path);
}
