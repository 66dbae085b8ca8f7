import { createRequire } from "node:module";

/** The proxy-wasm ABI that filters built here speak. */
const abi = "0.2.1";

/** The version of asmfilter itself. */
export function ownVersion(): string {
  return versionOf("../package.json");
}

/** The versions of everything that decides what a build and a test do. */
export function versions(): Record<"asmfilter" | "sdk" | "assemblyscript" | "abi" | "node", string> {
  return {
    asmfilter: ownVersion(),
    sdk: versionOf("@asmfilter/sdk/package.json"),
    assemblyscript: fromSDK("assemblyscript/package.json"),
    abi,
    node: process.versions.node,
  };
}

function versionOf(manifest: string): string {
  return (createRequire(import.meta.url)(manifest) as { version: string }).version;
}

/** The compiler is the SDK's dependency, and may not be installed where this package would find it. */
function fromSDK(manifest: string): string {
  const sdk = createRequire(createRequire(import.meta.url).resolve("@asmfilter/sdk/package.json"));
  return (sdk(manifest) as { version: string }).version;
}
