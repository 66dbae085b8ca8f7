import {
  checkFields,
  type Descriptor,
  invalid,
  isMediaType,
  isObject,
  parseAnnotations,
  parseDescriptor,
} from "./descriptor.ts";
import { dockerManifest, imageManifest, isIndexType } from "./media-types.ts";
import { printable } from "./printable.ts";

/** The largest manifest that is read, in bytes: what distribution-spec 1.1 asks every registry to take, and no more. */
export const MAX_MANIFEST_SIZE = 4 * 1024 * 1024;

/** An image manifest: one config, and layers in order (image-spec 1.1, manifest.md). */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image index: manifests, of several platforms or of a layout (image-spec 1.1, image-index.md). */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** @throws {AsmFilterError} `ASMF_OCI_MANIFEST_INVALID` when the bytes are no manifest of the type that the descriptor says. */
export function parseManifest(bytes: Uint8Array, mediaType: string): Manifest {
  const value = parseDocument(bytes, mediaType);
  if (value.manifests !== undefined) throw invalid("a manifest with `manifests` is read as an index by others");
  if (!Array.isArray(value.layers)) throw invalid("`layers` is no list");
  return {
    ...parseHead(value, mediaType),
    config: parseDescriptor(value.config, "config"),
    layers: value.layers.map((layer, position) => parseDescriptor(layer, `layers[${position}]`)),
  };
}

/** @throws {AsmFilterError} `ASMF_OCI_MANIFEST_INVALID` when the bytes are no index of the type that the descriptor says. */
export function parseIndex(bytes: Uint8Array, mediaType: string): Index {
  const value = parseDocument(bytes, mediaType);
  if (value.layers !== undefined || value.config !== undefined) {
    throw invalid("an index with `layers` or `config` is read as a manifest by others");
  }
  if (!Array.isArray(value.manifests)) throw invalid("`manifests` is no list");
  return {
    ...parseHead(value, mediaType),
    manifests: value.manifests.map((entry, position) => parseDescriptor(entry, `manifests[${position}]`)),
  };
}

/** What a node of the graph points to, in the order in which it has to exist before the node; nothing for a blob. */
export function successors(bytes: Uint8Array, mediaType: string): readonly Descriptor[] {
  if (isIndexType(mediaType)) {
    const { subject, manifests } = parseIndex(bytes, mediaType);
    return subject === undefined ? manifests : [subject, ...manifests];
  }
  if (mediaType !== imageManifest && mediaType !== dockerManifest) return [];
  const { subject, config, layers } = parseManifest(bytes, mediaType);
  return subject === undefined ? [config, ...layers] : [subject, config, ...layers];
}

/** A document whose own `mediaType` differs from the one it was served under means different things to different readers (CVE-2021-41190). */
function parseDocument(bytes: Uint8Array, mediaType: string): Record<string, unknown> {
  if (bytes.byteLength > MAX_MANIFEST_SIZE) throw invalid(`it has more than ${MAX_MANIFEST_SIZE} bytes`);
  const value = parseJSON(bytes);
  if (!isObject(value)) throw invalid("it is no JSON object");
  checkFields(value, "it");
  if (value.schemaVersion !== 2) throw invalid("schemaVersion is not 2");
  if (value.mediaType !== undefined && value.mediaType !== mediaType) {
    const own = typeof value.mediaType === "string" ? printable(value.mediaType) : "something that is no text";
    throw invalid(`it calls itself ${own}, but came as ${mediaType}`);
  }
  return value;
}

function parseHead(value: Record<string, unknown>, mediaType: string) {
  const { artifactType, subject, annotations } = value;
  if (artifactType !== undefined && !isMediaType(artifactType)) throw invalid("artifactType is no media type");
  return {
    schemaVersion: 2 as const,
    mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined || subject === null ? {} : { subject: parseDescriptor(subject, "subject") }),
    ...(annotations === undefined ? {} : { annotations: parseAnnotations(annotations, "manifest") }),
  };
}

/** @throws {AsmFilterError} `ASMF_OCI_MANIFEST_INVALID` when the bytes, called `title`, are no UTF-8 or no JSON. */
export function parseJSON(bytes: Uint8Array, title = "it"): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw invalid(`${title} is no JSON`, cause);
  }
}
