/**
 * OCI image layouts on disk: `oci-layout`, `index.json`, `blobs/ALGORITHM/HEX`.
 * @module
 */
export { layout } from "./layout.ts";
