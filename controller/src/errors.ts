/** The stable codes of the controller's failures; each is described in docs/reference/errors.md. */
export type ErrorCode =
  | "ASMF_CONTROLLER_OPTION_INVALID"
  | "ASMF_CONTROLLER_SECRET_INVALID"
  | "ASMF_KUBECONFIG_INVALID"
  | "ASMF_MODULE_UNFIT"
  | "ASMF_NAMESPACE_REFUSED"
  | "ASMF_NOT_SUPPORTED"
  | "ASMF_PARAMETERS_INVALID"
  | "ASMF_PULL_SECRET_INVALID"
  | "ASMF_RESOURCE_INVALID"
  | "ASMF_UPSTREAMS_INVALID";

/** A failure with a stable code for machines, a message for people, and a hint that says what to do. */
export class AsmFilterError extends Error {
  override readonly name = "AsmFilterError";
  readonly code: ErrorCode;
  /** A sentence about what to do next. */
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
