import { createHash } from "node:crypto";
import { encodeExtensionConfig, type JsonObject, type SlotContent as Published } from "../discovery/index.ts";
import { canonicalJSON, type SlotContent, type WasmFilter } from "../render/index.ts";

/**
 * What is rendered as what can be sent. The version follows from the content alone, the module by its hash: it is the same after a
 * restart and on every replica, and known without reading the module.
 */
export function publishable(content: SlotContent, wasm: () => Promise<Uint8Array>): Published {
  const { config, module } = content;
  const identity = canonicalJSON({ config, wasm: module?.wasmSha256 });
  const version = createHash("sha256").update(identity).digest("hex").slice(0, 16);
  const encode = async (): Promise<Uint8Array> => {
    if (module === undefined) return encodeExtensionConfig(config as unknown as JsonObject);
    return encodeExtensionConfig(withCode(content, await wasm()));
  };
  return { version, encode };
}

function withCode({ config }: SlotContent, inline_bytes: Uint8Array): JsonObject {
  const wasm = config.typed_config as WasmFilter;
  const vm_config = { ...wasm.config.vm_config, code: { local: { inline_bytes } } };
  return { ...config, typed_config: { ...wasm, config: { ...wasm.config, vm_config } } } as unknown as JsonObject;
}
