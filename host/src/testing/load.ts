import type { TestedFilter } from "./filter.ts";
import { createProxy, type FilterOptions } from "./proxy.ts";
import type { SharedOptions } from "./test-host.ts";

/** How to run the filter, and what the proxy around it has; everything has a default. */
export interface LoadOptions extends FilterOptions, SharedOptions {}

/**
 * Loads a filter to test it, from a file or its bytes, in any language.
 *
 *     const filter = await load("build/hello.wasm", { config: { header: "x-hello" } });
 *     const reply = await filter.request({ path: "/" });
 *     expect(reply.headers.get("x-hello")).toBe("world");
 *
 * @throws AsmFilterError `ASMF_MODULE_UNREADABLE`, `ASMF_MODULE_NOT_WASM`, `ASMF_MODULE_NOT_PROXY_WASM`, `ASMF_MODULE_LINK`,
 * `ASMF_FILTER_START_FAILED`, `ASMF_FILTER_CONFIGURATION_REFUSED`: where a proxy would not run it either.
 */
export async function load(module: string | URL | Uint8Array, options: LoadOptions = {}): Promise<TestedFilter> {
  return createProxy(options).load(module, options);
}
