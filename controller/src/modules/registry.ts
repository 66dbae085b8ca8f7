import { capabilities, readModule } from "@asmfilter/host/metadata";
import {
  type Credentials,
  parseReference,
  type RegistryReference,
  readFilter,
  repository,
  type Target,
} from "@asmfilter/oci";
import type { Artifact } from "../render/index.ts";
import { refuseLinkLocal } from "./link-local.ts";

/** How a registry is spoken to. */
export interface Access {
  readonly credentials?: Credentials | undefined;
  readonly plainHTTP: boolean;
  readonly insecureSkipVerify: boolean;
  /** Ends what is under way, with the signal's reason as error. */
  readonly signal?: AbortSignal | undefined;
}

/** An artifact as it was pulled, its module verified. */
export interface Pulled {
  readonly artifact: Artifact;
  readonly wasm: Uint8Array;
}

/** The largest module that the istio-agent takes, and that the slot lets a proxy receive. */
const maxModuleBytes = 256 * 1024 * 1024;

/** @throws `ASMF_OCI_REFERENCE_INVALID`. */
export function imageOf(text: string): RegistryReference {
  const reference = parseReference(text);
  if (reference.kind === "registry") return reference;
  // The resource's schema lets no folder pass: the controller never reads a path that a tenant writes.
  throw new Error(`${text} is not in a registry`);
}

/** The digest that a tag, or a digest, stands for. Asking proves that whoever asks may read it. */
export async function resolveDigest(image: RegistryReference, tagOrDigest: string, access: Access): Promise<string> {
  return (await (await open(image, access)).resolve(tagOrDigest, { signal: access.signal })).digest;
}

/** Fetches an artifact by its digest. */
export async function pull(image: RegistryReference, digest: string, access: Access): Promise<Pulled> {
  const filter = await readFilter(await open(image, access), digest, {
    maxModuleBytes,
    signal: access.signal,
  });
  const wasm = await filter.wasm();
  return {
    wasm,
    artifact: {
      digest,
      wasmSha256: filter.wasmSha256,
      size: wasm.length,
      config: filter.config,
      capabilities: capabilities(readModule(wasm)),
    },
  };
}

async function open(image: RegistryReference, access: Access): Promise<Target> {
  await refuseLinkLocal(image.registry);
  const { credentials, plainHTTP, insecureSkipVerify } = access;
  // Not asking for plain HTTP leaves the rule as it is, which allows it on loopback.
  return repository(image, { credentials, plainHTTP: plainHTTP || undefined, insecureSkipVerify });
}
