/** The codes of this package's errors; each is described in docs/reference/errors.md. */
export type ErrorCode =
  | "ASMF_FILTER_CLOSED"
  | "ASMF_FILTER_CONFIGURATION_REFUSED"
  | "ASMF_FILTER_START_FAILED"
  | "ASMF_MODULE_LINK"
  | "ASMF_MODULE_NOT_PROXY_WASM"
  | "ASMF_MODULE_NOT_WASM"
  | "ASMF_MODULE_UNREADABLE"
  | "ASMF_STREAM_PAUSED";

/** An error of this package: `code` is for machines and the docs page, `message` for people, `hint` says what to do. */
export class AsmFilterError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "AsmFilterError";
    this.code = code;
    this.hint = options.hint;
  }
}
