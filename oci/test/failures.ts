import { AsmFilterError, type ErrorCode } from "../src/errors.ts";

/** The error that a promise fails with, for tests on its code, message and hint. */
export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<AsmFilterError> {
  try {
    const result = await (typeof work === "function" ? work() : work);
    throw new Error(`did not fail, but gave ${JSON.stringify(result)}`);
  } catch (error) {
    if (error instanceof AsmFilterError) return error;
    throw error;
  }
}

export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<ErrorCode> {
  return (await failureOf(work)).code;
}
