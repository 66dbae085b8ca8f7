import { checkSize, readAll } from "../content.ts";
import type { Version } from "../copy.ts";
import type { Descriptor } from "../descriptor.ts";
import { digestOf, encodedOf } from "../digest.ts";
import { AsmFilterError } from "../errors.ts";
import { MAX_MANIFEST_SIZE, type Manifest, parseIndex, parseManifest } from "../manifest.ts";
import { isIndexType } from "../media-types.ts";
import { versionOf } from "../reference.ts";
import type { Fetcher, Options, Resolver } from "../target.ts";
import { extractModule } from "./archive.ts";
import { type FilterConfig, parseFilterConfig } from "./config.ts";
import { type FilterLayout, recognize } from "./layouts.ts";
import { filterConfig } from "./media-types.ts";
import { isWasm } from "./wasm.ts";

export interface ReadFilterOptions extends Options {
  /** The largest module to read, in bytes, unpacked; default 256 MiB, as in the Istio agent. */
  readonly maxModuleBytes?: number | undefined;
}

/** A filter in a target. All of it was verified against the digest of {@link descriptor}. */
export interface FilterArtifact {
  /** What was resolved: tag or digest. */
  readonly reference: string;
  /** The manifest. Its digest is the artifact's. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly layout: FilterLayout;
  /** Undefined when the artifact has none of ours. */
  readonly config: FilterConfig | undefined;
  /** The layer with the module: the module itself, or an archive with it. */
  readonly module: Descriptor;
  /** Hexadecimal SHA-256 of the module, as proxies check it: of the .wasm, never of an archive. */
  readonly wasmSha256: string;
  /** Bytes of the module. */
  readonly wasmSize: number;
  /** The module. Fetched when called, unless it had to be unpacked before. */
  wasm(options?: Options): Promise<Uint8Array>;
}

const DEFAULT_MAX_MODULE = 256 * 1024 * 1024;
const MAX_CONFIG = MAX_MANIFEST_SIZE;

/**
 * Reads a filter in any of the five layouts in use; of an index the one manifest that is meant for proxies.
 *
 *     const filter = await readFilter(repository("ghcr.io/filters/hello"), "0.1");
 *     filter.config?.schema;
 *     const bytes = await filter.wasm();
 *
 * @throws {AsmFilterError} `ASMF_OCI_NOT_FOUND`, `ASMF_OCI_NOT_A_FILTER`, `ASMF_OCI_TOO_LARGE`, and what fetching throws.
 */
export async function readFilter(
  target: Fetcher & Resolver,
  version: Version,
  { maxModuleBytes: limit = DEFAULT_MAX_MODULE, signal }: ReadFilterOptions = {},
): Promise<FilterArtifact> {
  const reference = versionOf(version);
  const { descriptor, manifest } = await readManifest(target, await target.resolve(reference, { signal }), signal);
  const { layout, module } = recognize(manifest, reference);
  checkSize(module, limit);
  const config =
    manifest.config.mediaType === filterConfig ? await readConfig(target, manifest.config, signal) : undefined;
  return {
    reference,
    descriptor,
    manifest,
    layout,
    config,
    module,
    ...(await openModule(target, module, layout, { limit, signal })),
  };
}

/** An index is followed once: to the only manifest, or to that for linux/amd64, as the Istio agent does. Attestations are for "unknown". */
async function readManifest(target: Fetcher, descriptor: Descriptor, signal: AbortSignal | undefined) {
  const bytes = await readAll(target, descriptor, { limit: MAX_MANIFEST_SIZE, signal });
  if (!isIndexType(descriptor.mediaType)) return { descriptor, manifest: parseManifest(bytes, descriptor.mediaType) };
  const { manifests } = parseIndex(bytes, descriptor.mediaType);
  const images = manifests.filter(({ platform }) => platform?.os !== "unknown");
  const amd64 = images.find(({ platform }) => platform?.os === "linux" && platform.architecture === "amd64");
  const chosen = images.length === 1 ? images[0] : amd64;
  if (chosen === undefined || isIndexType(chosen.mediaType)) {
    throw new AsmFilterError("ASMF_OCI_NOT_A_FILTER", `${descriptor.digest} is an index of ${images.length} images`, {
      hint: "Name one of them by its digest.",
    });
  }
  const chosenBytes = await readAll(target, chosen, { limit: MAX_MANIFEST_SIZE, signal });
  return { descriptor: chosen, manifest: parseManifest(chosenBytes, chosen.mediaType) };
}

/** What is no JSON is no config of ours. */
async function readConfig(target: Fetcher, descriptor: Descriptor, signal: AbortSignal | undefined) {
  const bytes = await readAll(target, descriptor, { limit: MAX_CONFIG, signal });
  try {
    return parseFilterConfig(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

/** A module that is a layer of its own has the layer's digest. One in an archive has to be unpacked before anything is known of it. */
async function openModule(
  target: Fetcher,
  module: Descriptor,
  layout: FilterLayout,
  { limit, signal }: { limit: number; signal: AbortSignal | undefined },
): Promise<Pick<FilterArtifact, "wasm" | "wasmSha256" | "wasmSize">> {
  const isArchive = layout === "compat" || layout === "docker";
  if (!isArchive && module.digest.startsWith("sha256:")) {
    const wasm = async (options: Options = {}) =>
      checkWasm(await readAll(target, module, { limit, ...options }), module);
    return { wasm, wasmSha256: encodedOf(module.digest), wasmSize: module.size };
  }
  const bytes = checkWasm(
    isArchive
      ? await extractModule(target, module, { limit, signal })
      : await readAll(target, module, { limit, signal }),
    module,
  );
  return { wasm: async () => bytes, wasmSha256: encodedOf(digestOf(bytes)), wasmSize: bytes.byteLength };
}

function checkWasm(bytes: Uint8Array, { digest }: Descriptor): Uint8Array {
  if (isWasm(bytes)) return bytes;
  throw new AsmFilterError("ASMF_OCI_NOT_A_FILTER", `the module in ${digest} is no WebAssembly module`, {
    hint: "Build the filter again and push the .wasm file.",
  });
}
