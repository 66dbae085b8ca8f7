import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { Status } from "../abi/index.ts";
import type { ForeignFunction } from "../foreign/index.ts";
import { bytesField, type Field, readFields, textField, writeFields } from "../protobuf.ts";

/**
 * Envoy's foreign functions that need what only Node has at hand: zlib and synchronous cryptography
 * (source/extensions/common/wasm/foreign.cc).
 */
export const nodeFunctions: Readonly<Record<string, ForeignFunction>> = {
  compress: (bytes) => new Uint8Array(deflateSync(bytes)),
  uncompress: (bytes) => orFailure(() => new Uint8Array(inflateSync(bytes))),
  verify_signature: verifySignature,
  sign: signText,
};

function orFailure(work: () => Uint8Array): Uint8Array | Status {
  try {
    return work();
  } catch {
    return Status.SerializationFailure;
  }
}

/** VerifySignatureArguments: hash_function 1, public_key 2, signature 3, text 4, public_key_pem 5. */
function verifySignature(argument: Uint8Array): Uint8Array | Status {
  const fields = readFields(argument);
  const key = fields && keyOf(fields, 2, 5, createPublicKey, "spki");
  if (!fields || key === undefined) return Status.BadArgument;
  const failure = (error: string): Uint8Array => writeFields([[2, error]]);
  const hash = textField(fields, 1)?.toLowerCase() ?? "";
  if (!hashes.has(hash)) return failure(`${hash} is not supported.`);
  if (key === null) return failure("Failed to initialize digest verify.");
  const valid = verify(hash, content(fields, 4), key, content(fields, 3));
  return valid ? writeFields([[1, true]]) : failure("Failed to verify digest. Error code: 0");
}

/** SignArguments: hash_function 1, private_key 2, text 3, private_key_pem 4. */
function signText(argument: Uint8Array): Uint8Array | Status {
  const fields = readFields(argument);
  const key = fields && keyOf(fields, 2, 4, createPrivateKey, "pkcs8");
  if (!fields || key === undefined) return Status.BadArgument;
  const hash = textField(fields, 1)?.toLowerCase() ?? "";
  if (key === null) return writeFields([[3, "Invalid key type: private key required for signing operation."]]);
  if (!hashes.has(hash)) return writeFields([[3, `${hash} is not supported.`]]);
  return writeFields([
    [1, true],
    [2, sign(hash, content(fields, 3), key)],
  ]);
}

/** Envoy, source/common/crypto/crypto_impl.cc. */
const hashes = new Set(["sha1", "sha224", "sha256", "sha384", "sha512"]);

function content(fields: readonly Field[], number: number): Uint8Array {
  return bytesField(fields, number) ?? new Uint8Array(0);
}

/** The key, given as DER or as PEM; undefined where it is given as none or both, null where it cannot be read. */
function keyOf<Form extends "spki" | "pkcs8">(
  fields: readonly Field[],
  der: number,
  pem: number,
  read: (given: string | { key: Buffer; format: "der"; type: Form }) => KeyObject,
  type: Form,
): KeyObject | null | undefined {
  const bytes = content(fields, der);
  const text = textField(fields, pem);
  if (text === undefined || bytes.length > 0 === (text !== "")) return undefined;
  try {
    return read(text === "" ? { key: Buffer.from(bytes), format: "der", type } : text);
  } catch {
    return null;
  }
}
