import { AsmFilterError } from "../errors.ts";

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the name is not known",
  EAI_AGAIN: "the name server does not answer",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
  ECONNRESET: "the connection was closed",
  EPIPE: "the connection was closed",
};

const badCertificate: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by an authority that is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by an authority that is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by an authority that is not trusted here",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** Errors that may be gone a moment later. A refused connection or a bad certificate will not. */
const passing = new Set(["ASMF_OCI_TIMEOUT"]);
const passingCauses = new Set(["ECONNRESET", "EPIPE", "EAI_AGAIN"]);

export function isPassing(error: unknown): boolean {
  if (!(error instanceof AsmFilterError)) return false;
  return passing.has(error.code) || (error.code === "ASMF_OCI_UNREACHABLE" && passingCauses.has(codeOf(error.cause)));
}

/** What the error of a socket means to people. Errors of ours pass through. The URL's query may be a secret, so it is left out. */
export function networkFailure(error: unknown, url: URL): AsmFilterError {
  if (error instanceof AsmFilterError) return error;
  const code = codeOf(error);
  if (code in badCertificate) {
    return new AsmFilterError("ASMF_OCI_TLS", `cannot trust ${url.host}: ${badCertificate[code]}`, {
      hint: "Check the address; give the registry's CA with the option `ca` or NODE_EXTRA_CA_CERTS.",
      cause: error,
    });
  }
  // OpenSSL read what is no TLS record.
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG" || code === "EPROTO") {
    return new AsmFilterError("ASMF_OCI_PLAIN_HTTP_REFUSED", `${url.host} does not speak HTTPS, plain HTTP it seems`, {
      hint: "Anybody on the way can read and change plain HTTP. If that is acceptable, allow it with --plain-http (`plainHTTP: true`).",
      cause: error,
    });
  }
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) {
    return new AsmFilterError("ASMF_OCI_TLS", `no TLS connection to ${url.host}: ${code}`, {
      hint: "Check the registry's TLS settings.",
      cause: error,
    });
  }
  return new AsmFilterError(
    "ASMF_OCI_UNREACHABLE",
    `cannot reach ${url.host}: ${unreachable[code] ?? textOf(error)}${place(error)}`,
    {
      hint: code.startsWith("HPE_")
        ? "It does not speak HTTP. If it speaks HTTPS, set `plainHTTP: false`."
        : "Check the registry's name and port, that it runs, and that this machine can reach it.",
      cause: error,
    },
  );
}

export function timedOut(url: URL, what: string): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_TIMEOUT", `${url.host} is silent: ${what}`, {
    hint: "Try again; if it stays, check the registry and the network on the way.",
  });
}

/** Node tries all addresses of a name, and then throws an AggregateError without a message. */
function first(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors[0] : error;
}

function codeOf(error: unknown): string {
  const code = (first(error) as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

function textOf(error: unknown): string {
  const inner = first(error);
  return inner instanceof Error ? inner.message : String(inner);
}

function place(error: unknown): string {
  const { address, port } = (first(error) ?? {}) as { address?: unknown; port?: unknown };
  return typeof address === "string" ? ` (${address}${port === undefined ? "" : ` port ${port}`})` : "";
}
