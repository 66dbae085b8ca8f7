import { type Digest, type DigestAlgorithm, digestOf, isDigest } from "./digest.ts";
import { AsmFilterError } from "./errors.ts";

/** What names content: its type, digest and size in bytes (image-spec 1.1, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

/** For which machine an entry of an index is. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** The descriptor of bytes in memory. */
export function descriptorOf(mediaType: string, bytes: Uint8Array, algorithm?: DigestAlgorithm): Descriptor {
  return { mediaType, digest: digestOf(bytes, algorithm), size: bytes.byteLength };
}

/** The three fields that decide what content is; annotations and platform say where it is used. */
export function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

// RFC 6838, section 4.2.
const mediaType = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

export function isMediaType(value: unknown): value is string {
  return typeof value === "string" && mediaType.test(value);
}

/**
 * Checks a descriptor that came from outside. `where` names it for the message, as in `layers[1]`.
 * Fields that we do not use are left out: embedded `data` and foreign `urls` are never trusted.
 *
 * @throws {AsmFilterError} `ASMF_OCI_MANIFEST_INVALID`
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw invalid(`${where} is no object`);
  checkFields(value, where);
  if (!isMediaType(value.mediaType)) throw invalid(`${where}.mediaType is no media type`);
  if (!isDigest(value.digest)) throw invalid(`${where}.digest is neither sha256 nor sha512`);
  if (!isSize(value.size)) throw invalid(`${where}.size is no number of bytes`);
  return {
    mediaType: value.mediaType,
    digest: value.digest,
    size: value.size,
    ...(value.annotations === undefined ? {} : { annotations: parseAnnotations(value.annotations, where) }),
    ...(isMediaType(value.artifactType) ? { artifactType: value.artifactType } : {}),
    ...(value.platform === undefined ? {} : { platform: parsePlatform(value.platform, where) }),
  };
}

/** @throws {AsmFilterError} `ASMF_OCI_MANIFEST_INVALID` */
export function parseAnnotations(value: unknown, where: string): Record<string, string> {
  // Some tools write null where they have none.
  if (value === null) return {};
  if (!isObject(value) || Object.values(value).some((text) => typeof text !== "string")) {
    throw invalid(`${where}.annotations is no map of strings`);
  }
  return value as Record<string, string>;
}

function parsePlatform(value: unknown, where: string): Platform {
  if (!isObject(value) || typeof value.architecture !== "string" || typeof value.os !== "string") {
    throw invalid(`${where}.platform names no architecture and os`);
  }
  checkFields(value, `${where}.platform`);
  const { architecture, os, variant } = value;
  return { architecture, os, ...(typeof variant === "string" ? { variant } : {}) };
}

// Of documents, descriptors and platforms.
const fields = new Map(
  "schemaVersion mediaType artifactType config layers manifests subject annotations digest size urls data platform architecture os variant"
    .split(" ")
    .map((field) => [folded(field), field]),
);

/**
 * Go's encoding/json takes `Layers` for `layers`, and so would another reader find other content under one digest.
 *
 * @throws {AsmFilterError} `ASMF_OCI_MANIFEST_INVALID`
 */
export function checkFields(value: object, where: string): void {
  for (const key of Object.keys(value)) {
    const field = fields.get(folded(key)) ?? key;
    if (field !== key)
      throw invalid(`${where} has a field that is \`${field}\` to some readers, but is written otherwise`);
  }
}

/** As Go folds: the long s and the Kelvin sign are letters as well. */
function folded(key: string): string {
  return key.toUpperCase().toLowerCase();
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function invalid(what: string, cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_MANIFEST_INVALID", `invalid manifest: ${what}`, {
    hint: "What is stored there is damaged or no OCI content. Push it again with a tool that follows OCI image-spec 1.1.",
    cause,
  });
}
