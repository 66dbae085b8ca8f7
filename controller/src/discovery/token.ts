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
 * What a proxy shows to be answered for one resource: `UID.MAC`. Node ids can be forged; this cannot, and it opens nothing else.
 * It follows from a key that outlives the controller, so it stays the same over restarts and on all replicas.
 *
 * The uid tells a resource from one of the same name that was deleted: the listener of that one may drain for another minute in a
 * proxy, and what it says is no word about the present one.
 */
export function tokenFor(secret: Uint8Array, key: string, uid: string): string {
  const mac = createHmac("sha256", secret).update(`asmfilter.io/v1/token\n${key}\n${uid}`).digest("base64url");
  return `${uid}.${mac}`;
}

/** The uid of the resource that the caller may ask for, if the token is one for `key`. `header` is the value of `authorization`. */
export function uidOfToken(secret: Uint8Array, key: string, header: string): string | undefined {
  const uid = /^Bearer ([A-Za-z0-9-]{0,64})\./.exec(header)?.[1];
  if (uid === undefined) return undefined;
  const want = Buffer.from(`Bearer ${tokenFor(secret, key, uid)}`);
  const got = Buffer.from(header);
  return got.length === want.length && timingSafeEqual(got, want) ? uid : undefined;
}
