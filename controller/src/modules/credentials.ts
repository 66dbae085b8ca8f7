import { type CredentialProvider, parseDockerConfig } from "@asmfilter/oci";
import { AsmFilterError } from "../errors.ts";

/** The part of a Secret that is read here; values are base64. */
export interface PullSecret {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

const secretType = "kubernetes.io/dockerconfigjson";
const secretKey = ".dockerconfigjson";

/**
 * What a pull secret says of registries; those that it does not name are asked without credentials.
 *
 * @throws {AsmFilterError} `ASMF_PULL_SECRET_INVALID`, and `ASMF_OCI_CREDENTIALS_INVALID` for content that cannot be read. Neither quotes it.
 */
export function credentialsIn(name: string, secret: PullSecret | undefined): CredentialProvider {
  if (secret === undefined) throw invalid(name, "does not exist in the resource's namespace");
  const encoded = secret.data?.[secretKey];
  if (secret.type !== secretType || encoded === undefined) throw invalid(name, `is not of type ${secretType}`);
  return parseDockerConfig(Buffer.from(encoded, "base64").toString("utf8"), `the pull secret ${name}`);
}

function invalid(name: string, problem: string): AsmFilterError {
  return new AsmFilterError("ASMF_PULL_SECRET_INVALID", `the pull secret ${name} ${problem}`, {
    hint: "Make it with `kubectl create secret docker-registry` in the namespace of the resource.",
  });
}
