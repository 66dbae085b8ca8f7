/**
 * Filters' modules: found, pulled, verified and kept.
 *
 *     const modules = new Modules(await ModuleCache.open(folder, limit), readSecret, grantKey);
 *     const artifact = await modules.resolve({ namespace, image, options });   // pinned to a digest
 *     const wasm = await modules.bytes(artifact);
 *
 * Credentials come from the resource's own namespace, stay in this process, and open nothing for another namespace.
 * @module
 */
export { ModuleCache } from "./cache.ts";
export type { PullSecret } from "./credentials.ts";
export { type ModuleRequest, Modules } from "./modules.ts";
