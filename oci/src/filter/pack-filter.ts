import type { Descriptor } from "../descriptor.ts";
import { descriptorOf } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { pack } from "../pack.ts";
import type { Options, Storage } from "../target.ts";
import type { FilterConfig } from "./config.ts";
import { filterConfig, filterModule, readme } from "./media-types.ts";
import { isWasm } from "./wasm.ts";

export interface PackFilterOptions extends Options {
  /** Written as it is, fields in their order. */
  readonly config: FilterConfig;
  readonly module: Uint8Array;
  /** Markdown; default: name and description. */
  readonly readme?: string | undefined;
  /** Added to those made of the config, and over them. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Left out, the same filter gives the same digest at any time. */
  readonly created?: Date | undefined;
}

// The spec's key for the file name of a layer; oras pulls by it.
const title = "org.opencontainers.image.title";

/**
 * Pushes a filter as the artifact that the Istio agent, Envoy Gateway and asmfilter read: the config, and two layers, README and module.
 * It is not tagged. The same options give the same digest.
 *
 *     const manifest = await packFilter(store, { config, module: wasm, readme: "# hello" });
 *     await store.tag(manifest, config.version);
 *
 * @throws {AsmFilterError} `ASMF_OCI_NOT_A_FILTER` when `module` is no WebAssembly module.
 */
export async function packFilter(target: Storage, options: PackFilterOptions): Promise<Descriptor> {
  const { config, module, signal } = options;
  if (!isWasm(module)) {
    throw new AsmFilterError("ASMF_OCI_NOT_A_FILTER", `the module of ${config.name} is no WebAssembly module`, {
      hint: "Build the filter first, and give the .wasm file.",
    });
  }
  const push = async (mediaType: string, bytes: Uint8Array, annotations?: Record<string, string>) => {
    const descriptor = { ...descriptorOf(mediaType, bytes), ...(annotations && { annotations }) };
    if (!(await target.exists(descriptor, { signal }))) await target.push(descriptor, bytes, { signal });
    return descriptor;
  };
  const utf8 = new TextEncoder();
  const text = options.readme ?? `# ${config.name}\n\n${config.description ?? ""}\n`;
  return pack(target, {
    config: await push(filterConfig, utf8.encode(JSON.stringify(config))),
    // Exactly two, the module last: the Istio agent refuses anything else (istio pkg/wasm/imagefetcher.go, extractOCIArtifactImage).
    layers: [
      await push(readme, utf8.encode(text), { [title]: "README.md" }),
      await push(filterModule, module, { [title]: "plugin.wasm" }),
    ],
    annotations: { ...annotationsOf(config), ...options.annotations },
    ...(options.created === undefined ? {} : { created: options.created }),
    signal,
  });
}

/** What the config says, in the keys that registries and catalogs show (image-spec 1.1, annotations.md). */
function annotationsOf(config: FilterConfig): Record<string, string> {
  const known = {
    title: config.name,
    version: config.version,
    description: config.description,
    source: config.source,
    revision: config.revision,
    licenses: config.license,
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([key, text]) => (text ? [[`org.opencontainers.image.${key}`, text]] : [])),
  );
}
