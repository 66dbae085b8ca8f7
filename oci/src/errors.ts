/** The codes of everything that can go wrong between a reference and its content; each is described in docs/reference/errors.md. */
export type ErrorCode =
  | "ASMF_OCI_ARCHIVE_INVALID"
  | "ASMF_OCI_CREDENTIALS_INVALID"
  | "ASMF_OCI_DIGEST_MISMATCH"
  | "ASMF_OCI_FORBIDDEN"
  | "ASMF_OCI_INCOMPLETE"
  | "ASMF_OCI_LAYOUT_INVALID"
  | "ASMF_OCI_LAYOUT_LOCKED"
  | "ASMF_OCI_LAYOUT_UNUSABLE"
  | "ASMF_OCI_MANIFEST_INVALID"
  | "ASMF_OCI_NOT_A_FILTER"
  | "ASMF_OCI_NOT_FOUND"
  | "ASMF_OCI_ORIGIN_REFUSED"
  | "ASMF_OCI_PLAIN_HTTP_REFUSED"
  | "ASMF_OCI_REFERENCE_INVALID"
  | "ASMF_OCI_RESPONSE_INVALID"
  | "ASMF_OCI_TIMEOUT"
  | "ASMF_OCI_TLS"
  | "ASMF_OCI_TOO_LARGE"
  | "ASMF_OCI_UNAUTHORIZED"
  | "ASMF_OCI_UNAVAILABLE"
  | "ASMF_OCI_UNREACHABLE";

/** A failure of this package: what happened and why (`message`), for machines (`code`), and what to do (`hint`). Never holds a credential. */
export class AsmFilterError extends Error {
  override readonly name = "AsmFilterError";
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
