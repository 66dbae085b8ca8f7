import type { Descriptor } from "./descriptor.ts";
import { descriptorOf, plain } from "./descriptor.ts";
import { AsmFilterError } from "./errors.ts";
import { emptyConfig, imageManifest } from "./media-types.ts";
import type { Options, Storage } from "./target.ts";

/** What a manifest is made of. Config and layers are in the target already, or will be before anybody reads the manifest. */
export interface PackOptions extends Options {
  /** Needed where there is no config (image-spec 1.1, manifest.md, "Guidelines for Artifact Usage"). */
  readonly artifactType?: string;
  /** Default: the empty config, which is pushed as well. */
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Sets `org.opencontainers.image.created`. Left out, the same content gives the same digest at any time. */
  readonly created?: Date;
}

/**
 * Writes an image manifest (image-spec 1.1) and pushes it. The same options give the same bytes.
 *
 *     const layer = descriptorOf("text/plain", bytes);
 *     await store.push(layer, bytes);
 *     const manifest = await pack(store, { artifactType: "application/vnd.example.notes", layers: [layer] });
 */
export async function pack(target: Storage, options: PackOptions): Promise<Descriptor> {
  const { artifactType, layers = [], subject, signal } = options;
  if (options.config === undefined && artifactType === undefined) {
    throw new AsmFilterError("ASMF_OCI_MANIFEST_INVALID", "a manifest without config needs an artifactType", {
      hint: "Give `artifactType`, a media type that says what the artifact is.",
    });
  }
  const config = options.config ?? (await pushEmpty(target, signal));
  // The empty layer: some registries refuse a manifest without any.
  const listed = layers.length > 0 ? layers : [await pushEmpty(target, signal)];
  const annotations = sorted({
    ...options.annotations,
    ...(options.created === undefined ? {} : { "org.opencontainers.image.created": rfc3339(options.created) }),
  });
  const bytes = new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: imageManifest,
      artifactType,
      config: ordered(config),
      layers: listed.map(ordered),
      subject: subject && plain(subject),
      annotations,
    }),
  );
  const manifest: Descriptor = {
    ...descriptorOf(imageManifest, bytes),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
  await target.push(manifest, bytes, { signal });
  return manifest;
}

async function pushEmpty(target: Storage, signal: AbortSignal | undefined): Promise<Descriptor> {
  const bytes = new TextEncoder().encode("{}");
  const descriptor = descriptorOf(emptyConfig, bytes);
  if (!(await target.exists(descriptor, { signal }))) await target.push(descriptor, bytes, { signal });
  return descriptor;
}

function ordered({ mediaType, digest, size, annotations }: Descriptor) {
  return { mediaType, digest, size, annotations: annotations && sorted(annotations) };
}

function sorted(annotations: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const entries = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
