/**
 * OCI artifacts for TypeScript: move content between a registry, a folder and memory.
 *
 *     const { digest } = await copy(layout("./store"), "0.1", repository("ghcr.io/filters/hello"), "0.1");
 *
 * A {@link Target} stores content by digest and names it by tag; what it returns is verified. {@link copy}, {@link pack},
 * {@link packFilter} and {@link readFilter} are written against that interface alone, so each works with every target.
 * @module
 */

// Targets.
export { type Content, readAll } from "./content.ts";
// Algorithms over targets.
export { type CopyOptions, copy, copyGraph, type Version } from "./copy.ts";
// What names content, and where it is.
export { type Descriptor, descriptorOf, type Platform } from "./descriptor.ts";
export { type Digest, type DigestAlgorithm, digestOf, isDigest } from "./digest.ts";
export { AsmFilterError, type ErrorCode } from "./errors.ts";
// Filters as artifacts.
export {
  type FilterArtifact,
  type FilterConfig,
  type FilterLayout,
  type PackFilterOptions,
  packFilter,
  parseFilterConfig,
  type ReadFilterOptions,
  readFilter,
} from "./filter/index.ts";
export { layout } from "./layout/index.ts";
export { type Index, MAX_MANIFEST_SIZE, type Manifest, parseIndex, parseManifest } from "./manifest.ts";
export * as mediaTypes from "./media-types.ts";
export { memory } from "./memory.ts";
export { type OpenTargetOptions, openTarget } from "./open-target.ts";
export { type PackOptions, pack } from "./pack.ts";
export {
  formatReference,
  type LayoutReference,
  parseReference,
  type Reference,
  type RegistryReference,
  versionOf,
} from "./reference.ts";
export {
  type CredentialProvider,
  type Credentials,
  dockerCredentials,
  parseDockerConfig,
  type RepositoryOptions,
  repository,
} from "./remote/index.ts";
export type {
  Fetcher,
  Options,
  Pusher,
  ReferencePusher,
  Resolver,
  Storage,
  Tagger,
  TagLister,
  Target,
} from "./target.ts";
