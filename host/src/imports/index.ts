/**
 * The functions that guests import, one file a subject; {@link linkImports} puts them together for a module.
 * @module
 */
export { type Linked, linkImports, RestrictedCallback } from "./link.ts";
