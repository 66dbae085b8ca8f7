import type { ConditionType } from "../api/index.ts";

/** Why the present spec cannot run, and which condition says so. */
export interface Failure {
  readonly condition: Extract<ConditionType, "Resolved" | "Verified" | "Valid" | "Programmed">;
  readonly reason: string;
  readonly message: string;
  /** Nothing is wrong: the answer, or a turn, is still to come. */
  readonly pending?: true;
}

/** Reasons by the code of the error; what has no entry is `fallback`. */
const reasons: Readonly<Record<string, string>> = {
  ASMF_RESOURCE_INVALID: "SpecInvalid",
  ASMF_PARAMETERS_INVALID: "ParametersInvalid",
  ASMF_UPSTREAMS_INVALID: "UpstreamsInvalid",
  ASMF_MODULE_UNFIT: "ModuleUnfit",
  ASMF_MODULE_NOT_WASM: "ModuleNotWasm",
  ASMF_MODULE_NOT_PROXY_WASM: "ModuleNotProxyWasm",
  ASMF_NAMESPACE_REFUSED: "NamespaceRefused",
  ASMF_NOT_SUPPORTED: "NotSupported",
  ASMF_PULL_SECRET_INVALID: "PullSecretInvalid",
  ASMF_OCI_CREDENTIALS_INVALID: "PullSecretInvalid",
  ASMF_OCI_DIGEST_MISMATCH: "DigestMismatch",
  ASMF_OCI_FORBIDDEN: "Forbidden",
  ASMF_OCI_MANIFEST_INVALID: "ManifestInvalid",
  ASMF_OCI_NOT_A_FILTER: "NotAFilter",
  ASMF_OCI_NOT_FOUND: "ImageNotFound",
  ASMF_OCI_PLAIN_HTTP_REFUSED: "PlainHTTPRefused",
  ASMF_OCI_REFERENCE_INVALID: "ReferenceInvalid",
  ASMF_OCI_TIMEOUT: "RegistryTimeout",
  ASMF_OCI_TLS: "RegistryNotTrusted",
  ASMF_OCI_TOO_LARGE: "TooLarge",
  ASMF_OCI_UNAUTHORIZED: "Unauthorized",
  ASMF_OCI_UNAVAILABLE: "RegistryUnavailable",
  ASMF_OCI_UNREACHABLE: "RegistryUnreachable",
};

const longest = 4096;

/** A failure from what was thrown: the reason for machines, and for people the message with the hint. */
export function failureOf(condition: Failure["condition"], error: unknown, fallback: string): Failure {
  const { code, message, hint } = error as { code?: string; message?: string; hint?: string };
  const parts = [message ?? String(error), hint ?? ""].filter((part) => part !== "");
  const text = parts.map((part) => (/[.!?:]$/.test(part) ? part : `${part}.`)).join(" ");
  return { condition, reason: reasons[code ?? ""] ?? fallback, message: text.slice(0, longest) };
}
