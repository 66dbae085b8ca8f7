/**
 * Registries that speak the OCI distribution-spec, as targets. Bytes are verified, sizes bounded, logins stay with the registry they are for.
 * @module
 */
export type { CredentialProvider, Credentials } from "./credentials.ts";
export { dockerCredentials, parseDockerConfig } from "./docker-config.ts";
export { type RepositoryOptions, repository } from "./repository.ts";
