/** The codes of this package's errors; each is described in docs/reference/errors.md. */
export type ErrorCode =
  | "ASMF_COMPILE"
  | "ASMF_DEBUG_MAP_INVALID"
  | "ASMF_DEBUG_MAP_MISMATCH"
  | "ASMF_MANIFEST_INVALID"
  | "ASMF_MANIFEST_MISSING"
  | "ASMF_OUTPUT"
  | "ASMF_PROTO";

/** An error of this package: `code` is for machines and the docs page, `message` for people, `hint` says what to do. */
export class AsmFilterError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  /** Where the author's code is wrong, for `ASMF_COMPILE`. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint: string; cause?: unknown; diagnostics?: readonly Diagnostic[] },
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "AsmFilterError";
    this.code = code;
    this.hint = options.hint;
    this.diagnostics = options.diagnostics ?? [];
  }
}

/** What the compiler says about a place in the author's code. */
export interface Diagnostic {
  severity: "error" | "warning" | "info";
  /** asc's number of the message: `2322` is what it prints as TS2322, `102` one of the SDK's own. */
  code: number;
  message: string;
  /** Relative to the filter's folder; empty where no place is to blame. */
  file: string;
  /** From 1; 0 where no place is to blame. */
  line: number;
  /** From 1; 0 where no place is to blame. */
  column: number;
}

/** A diagnostic on one line, as editors and terminals find their way by it. */
export function formatDiagnostic({ severity, code, message, file, line, column }: Diagnostic): string {
  const place = file ? `${file}:${line}:${column}: ` : "";
  return `${place}${severity}: ${message} (${code})`;
}
