import { createHmac, timingSafeEqual } from "node:crypto";

const prefix = "asmfilter.io/";

/** The name by which proxies ask for a resource's content: `asmfilter.io/NAMESPACE/NAME`, one for the whole mesh. */
export function extensionName(key: string): string {
  return prefix + key;
}

/** `NAMESPACE/NAME` of an extension name, or undefined for a name that is not ours. */
export function keyOfExtension(name: string): string | undefined {
  const key = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253}$/.test(key) ? key : undefined;
}

/**
 * What a proxy shows to be answered for one resource. Node ids can be forged; this cannot, and it opens nothing else.
 * It follows from a key that outlives the controller, so it stays the same over restarts and on all replicas.
 */
export function tokenFor(secret: Uint8Array, key: string): string {
  return createHmac("sha256", secret).update(`asmfilter.io/v1/token\n${key}`).digest("base64url");
}

/** Compares in constant time. `header` is the value of `authorization`. */
export function tokenFits(secret: Uint8Array, key: string, header: string): boolean {
  const want = Buffer.from(`Bearer ${tokenFor(secret, key)}`);
  const got = Buffer.from(header);
  return got.length === want.length && timingSafeEqual(got, want);
}
