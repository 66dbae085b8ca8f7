/** What a registry wants to know of a user. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, as `docker login` stores it for some registries. */
  | { readonly identityToken: string };

/**
 * Finds credentials for a registry (`registry.example.com:5000`) and the repository in it; undefined: go on without.
 * Asked when a registry wants them, not before.
 */
export type CredentialProvider = (
  registry: string,
  repository: string,
) => Credentials | undefined | Promise<Credentials | undefined>;
