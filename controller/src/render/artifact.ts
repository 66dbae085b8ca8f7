/** What of an artifact decides how it is rendered; `@asmfilter/oci` reads it, `@asmfilter/host/metadata` finds the capabilities. */
export interface Artifact {
  /** Digest of the manifest, `sha256:…`: what the resource is pinned to. */
  readonly digest: string;
  /** SHA-256 of the module's bytes, hexadecimal. */
  readonly wasmSha256: string;
  /** Bytes of the module. */
  readonly size: number;
  /** The artifact's config; absent where another tool made the artifact. */
  readonly config?: ArtifactConfig | undefined;
  /** Names of the host functions that the module imports and of the callbacks that it exports. */
  readonly capabilities: readonly string[];
}

/** The fields of the artifact's config that matter here. They come from whoever pushed it: {@link check} judges them. */
export interface ArtifactConfig {
  readonly type?: string | undefined;
  readonly rootIDs?: readonly string[] | undefined;
  /** JSON Schema of the parameters. */
  readonly schema?: object | undefined;
  /** The names that the filter calls services by; absent where nobody says which. */
  readonly upstreams?: readonly string[] | undefined;
  readonly defaults?: ArtifactDefaults | undefined;
}

/** What the filter's author recommends, where the resource says nothing. */
export interface ArtifactDefaults {
  readonly patchContext?: unknown;
  readonly failurePolicy?: unknown;
  readonly placement?: unknown;
}
