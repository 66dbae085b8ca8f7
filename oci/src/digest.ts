import { createHash, type Hash } from "node:crypto";

export type DigestAlgorithm = "sha256" | "sha512";

/** A digest as image-spec 1.1 writes it: `sha256:` and 64 or `sha512:` and 128 lower-case hexadecimal digits. */
export type Digest = `${DigestAlgorithm}:${string}`;

const grammar = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether `text` is a digest that we can compute. What passes is safe as part of a path or of a URL. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && grammar.test(text);
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The hexadecimal part. */
export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The digest of bytes in memory, `sha256` unless told. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return finish(createHash(algorithm).update(bytes), algorithm);
}

/** The digest that a hash has arrived at; the hash cannot be used afterwards. */
export function finish(hash: Hash, algorithm: DigestAlgorithm): Digest {
  return `${algorithm}:${hash.digest("hex")}`;
}
