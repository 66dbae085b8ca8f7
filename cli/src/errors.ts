/** The codes of failures that begin in the command itself; each is described in docs/reference/errors.md. */
export type ErrorCode =
  | "ASMF_ARTIFACT_MISMATCH"
  | "ASMF_FILE"
  | "ASMF_FILE_EXISTS"
  | "ASMF_INTERNAL"
  | "ASMF_TESTS_FAILED"
  | "ASMF_TIMEOUT"
  | "ASMF_USAGE"
  | "ASMF_YAML_INVALID";

/** A failure of the command: what happened and why (`message`), for machines (`code`), and what to do (`hint`). */
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
