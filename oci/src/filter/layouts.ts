import type { Descriptor } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import { dockerConfig, dockerLayerTarGzip, imageConfig, imageLayerTarGzip } from "../media-types.ts";
import { cncfConfig, cncfModule, filterConfig, filterModule } from "./media-types.ts";

/**
 * The ways in which Wasm filters are stored. `oci`: config and two layers, what we write. `asm`: the same with one layer, which Istio does not read.
 * `compat`, `docker`: an image with `plugin.wasm` in a tar.gz as last layer. `cncf`: one layer `application/wasm`.
 */
export type FilterLayout = "oci" | "asm" | "compat" | "docker" | "cncf";

/** @throws {AsmFilterError} `ASMF_OCI_NOT_A_FILTER` when it is none of the five. */
export function recognize(manifest: Manifest, title: string): { layout: FilterLayout; module: Descriptor } {
  const { config, layers } = manifest;
  const last = layers.at(-1);
  const modules = layers.filter(({ mediaType }) => mediaType === filterModule);
  const [module] = modules;
  if (config.mediaType === filterConfig && module !== undefined && modules.length === 1) {
    return { layout: layers.length === 1 ? "asm" : "oci", module };
  }
  if (config.mediaType === cncfConfig && layers.length === 1 && last?.mediaType === cncfModule) {
    return { layout: "cncf", module: last };
  }
  if (config.mediaType === imageConfig && last?.mediaType === imageLayerTarGzip)
    return { layout: "compat", module: last };
  if (config.mediaType === dockerConfig && last?.mediaType === dockerLayerTarGzip)
    return { layout: "docker", module: last };
  throw new AsmFilterError("ASMF_OCI_NOT_A_FILTER", `${title} is no filter: ${described(manifest)}`, {
    hint: "Check the reference. A filter has one WebAssembly module in a layout that Istio, ASM or the CNCF describe.",
  });
}

function described({ config, layers }: Manifest): string {
  const types = layers.slice(0, 4).map(({ mediaType }) => mediaType);
  return `config ${config.mediaType}, layers ${types.join(", ") || "none"}${layers.length > 4 ? ", …" : ""}`;
}
