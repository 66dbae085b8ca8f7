import type { DiagnosticCategory, DiagnosticCode, DiagnosticEmitter, Range } from "assemblyscript";

// The compiler's enums are erased when it is built, so that only their numbers are left to use.
/** The number of messages that are not the compiler's own. */
export const USER_DEFINED = 102 as DiagnosticCode;
const WARNING = 2 as DiagnosticCategory;
const ERROR = 3 as DiagnosticCategory;

/** Reports a mistake of the author's; the compiler stops after this phase. */
export function reportError(emitter: DiagnosticEmitter, range: Range | null, message: string): void {
  emitter.emitDiagnostic(USER_DEFINED, ERROR, range, null, message);
}

/** Reports what looks like a mistake of the author's. */
export function reportWarning(emitter: DiagnosticEmitter, range: Range | null, message: string): void {
  emitter.emitDiagnostic(USER_DEFINED, WARNING, range, null, message);
}
