/**
 * SHA-256, HMAC-SHA-256 and a comparison that takes the same time whatever differs, for filters.
 *
 *     import { equal, HmacSha256 } from "@asmfilter/sdk/crypto";
 *
 *     const mac = new HmacSha256(key).updateText(payload).digest();
 *     const isGenuine = equal(mac, signature);
 *
 * @module
 */
export { equal } from "./assembly/crypto/equal";
export { HmacSha256 } from "./assembly/crypto/hmac";
export { Sha256 } from "./assembly/crypto/sha256";
