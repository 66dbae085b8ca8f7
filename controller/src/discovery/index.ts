/**
 * The proxies' extension config server (delivery `Direct`).
 *
 *     const server = new DiscoveryServer({ credentials, tokenKey, onEvidence: (key) => queue.add(key) });
 *     await server.listen("0.0.0.0:18443");
 *     server.publish("shop/hello", { version, encode });   // every proxy of the resource gets it, encoded once
 *     server.evidence("shop/hello");                       // what each of them answered
 *
 * A proxy shows the token of the one resource that it asks for ({@link tokenFor}), and speaks the state-of-the-world variant of xDS;
 * delta is not offered, since the slot that the controller renders never asks for it.
 * @module
 */
export { createAuthority, type KeyPair } from "./certificates.ts";
export { encodeExtensionConfig, type Json, type JsonObject } from "./encode.ts";
export { ServingIdentity } from "./identity.ts";
export { type DiscoveryOptions, DiscoveryServer, service } from "./server.ts";
export { type ProxyEvidence, podOf, type SlotContent } from "./slot.ts";
export { extensionName, keyOfExtension, tokenFor, uidOfToken } from "./token.ts";
