import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type FilterConfig, memory, type Reference, readFilter, type Target, versionOf } from "@asmfilter/oci";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import { openLocal, packLocal } from "./packing.ts";
import { type Access, pinned, referenceOf, talk } from "./registry.ts";

/** A module, wherever it was found, and what is known of it besides its bytes. */
export interface Subject {
  /** What was given: the file, the folder, or the reference with its digest. */
  source: string;
  wasm: Uint8Array;
  /** Digest of the artifact's manifest, of a folder the one that it gets when it is pushed; a file has none. */
  digest: string | undefined;
  /** What `asmfilter build` wrote of the filter; absent where another tool made the module. */
  config: FilterConfig | undefined;
}

/** Finds the module that `given` names: a .wasm file, a filter's folder (built for the purpose, elsewhere), an image layout or a reference. */
export async function openSubject(given: string, access: Access, context: Context): Promise<Subject> {
  const path = resolve(context.cwd, given);
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() === true) return openFile(path, context);
  if (stats?.isDirectory() === true && !existsSync(join(path, "oci-layout"))) return openFolder(path, context);
  if (stats === undefined && given.endsWith(".wasm")) {
    throw new AsmFilterError("ASMF_FILE", `there is no file ${path}`, {
      hint: "Give the path of a .wasm file; `asmfilter build` prints the one that it wrote.",
    });
  }
  if (stats === undefined && !/[/:@]/.test(given)) {
    throw new AsmFilterError("ASMF_FILE", `there is no file or folder ${given}, and it is no reference either`, {
      hint: "Give a .wasm file, a filter's folder, or a reference as REGISTRY/REPOSITORY:TAG or ./FOLDER:TAG.",
    });
  }
  const name = stats?.isDirectory() === true ? path : given; // a layout that was named without a leading ./
  const reference = referenceOf(name, context);
  const doing = `reading ${given}`;
  const work = async (target: Target, signal: AbortSignal) => {
    await refuseNoVersion(target, reference, given);
    return openArtifact(target, reference, name, signal);
  };
  return talk(access, context, { reference, doing, work });
}

/** Of a layout, the tags are at hand. */
async function refuseNoVersion(target: Target, { kind, tag, digest }: Reference, given: string): Promise<void> {
  if (kind === "registry" || tag !== undefined || digest !== undefined) return;
  const tags = await target.tags();
  const [first] = tags;
  const found =
    first === undefined ? "It has no tag: name an artifact in it by @DIGEST." : `It has ${tags.join(", ")}.`;
  throw new AsmFilterError("ASMF_USAGE", `${given} is an image layout, and no tag was given`, {
    hint: first === undefined ? found : `${found} Name one: ${/^[./~]/.test(given) ? "" : "./"}${given}:${first}`,
  });
}

async function openFile(path: string, context: Context): Promise<Subject> {
  const { wasm, config } = await openLocal(path, false, context);
  return { source: path, wasm, digest: undefined, config };
}

async function openFolder(path: string, context: Context): Promise<Subject> {
  const local = await openLocal(path, false, context);
  const { digest } = await packLocal(memory(), local, {});
  return { source: path, wasm: local.wasm, digest, config: local.config };
}

async function openArtifact(
  target: Target,
  reference: Reference,
  given: string,
  signal: AbortSignal,
): Promise<Subject> {
  const { config, descriptor, wasm } = await readFilter(target, versionOf(reference), { signal });
  const { digest } = descriptor;
  return { source: pinned(given, digest), wasm: await wasm({ signal }), digest, config };
}
