import { createGunzip } from "node:zlib";
import { readAll } from "../content.ts";
import type { Descriptor } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import type { Fetcher, Options } from "../target.ts";
import { damaged, readTar, type TarEntry } from "./tar.ts";

// As the Istio agent names it (istio pkg/wasm/imagefetcher.go, wasmPluginFileName).
const MODULE = "plugin.wasm";

/**
 * The module out of a `tar.gz` layer: the file `plugin.wasm` in any folder. What is unpacked is bounded, so that a small archive
 * cannot fill the memory; links, and paths that lead out, are refused. The layer is verified whole before any of it is unpacked.
 *
 * @throws {AsmFilterError} `ASMF_OCI_NOT_A_FILTER`, `ASMF_OCI_ARCHIVE_INVALID`, `ASMF_OCI_TOO_LARGE`
 */
export async function extractModule(
  from: Fetcher,
  layer: Descriptor,
  { limit, signal }: Options & { limit: number },
): Promise<Uint8Array> {
  const compressed = await readAll(from, layer, { limit, signal });
  let found: Uint8Array | undefined;
  for await (const entry of readTar(unpacked(compressed, limit))) {
    if (found === undefined && isModule(entry)) found = await collect(entry, limit);
  }
  if (found !== undefined) return found;
  throw new AsmFilterError("ASMF_OCI_NOT_A_FILTER", `the last layer ${layer.digest} holds no ${MODULE}`, {
    hint: "It is an image of something else, or the module has another name in it.",
  });
}

function isModule({ path, isFile }: TarEntry): boolean {
  // As Go's filepath.Base: a folder `plugin.wasm/` is one as well.
  const parts = path.replace(/\/+$/, "").split("/");
  if (parts.at(-1) !== MODULE) return false;
  if (!isFile) throw damaged(`${MODULE} is a link or no file`);
  if (path.startsWith("/") || parts.includes("..")) throw damaged(`${MODULE} has a path that leads out of the archive`);
  return true;
}

async function collect({ content, size }: TarEntry, limit: number): Promise<Uint8Array> {
  if (size > limit) throw tooLarge(limit);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Other files may lie in the layer, but not without end. */
async function* unpacked(compressed: Uint8Array, limit: number): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  gunzip.end(compressed);
  let size = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > 2 * limit) throw tooLarge(2 * limit);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof AsmFilterError ? error : damaged("it is no gzip, or damaged", error);
  } finally {
    gunzip.destroy();
  }
}

function tooLarge(limit: number): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_TOO_LARGE", `the module's archive unpacks to more than ${limit} bytes`, {
    hint: "If that size is meant, raise the limit; else look at what was pushed there.",
  });
}
