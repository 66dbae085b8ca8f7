import { isObject } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { printable } from "../printable.ts";
import { abortable } from "../signal.ts";
import { networkFailure } from "./network-failure.ts";
import type { Answer } from "./transport.ts";

/** An error's body is read for its message only. */
const MAX_ERROR_BODY = 64 * 1024;

/** All of a body in memory, however large it is said to be. @throws {AsmFilterError} `ASMF_OCI_TOO_LARGE` past `limit` bytes. */
export async function readBody(answer: Answer, limit: number, signal?: AbortSignal | undefined): Promise<Uint8Array> {
  return abortable(signal, () => readWithin(answer, limit));
}

async function readWithin({ body, url }: Answer, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > limit) {
        throw new AsmFilterError(
          "ASMF_OCI_TOO_LARGE",
          `${url.host} answers ${url.pathname} with more than ${limit} bytes`,
          {
            hint: "That is more than such a document has. Look at what was pushed there.",
          },
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw networkFailure(error, url);
  }
  return Buffer.concat(chunks);
}

/** Lets the connection go, for the next request where little is left to read. */
export async function discard(answer: Answer): Promise<void> {
  await readBody(answer, MAX_ERROR_BODY).catch(() => {});
}

/** What a registry says of an error: `MANIFEST_UNKNOWN: manifest unknown` (distribution-spec 1.1, "Error Codes"); else nothing. */
export async function readErrors(answer: Answer, redact: (text: string) => string): Promise<string> {
  const bytes = await readBody(answer, MAX_ERROR_BODY).catch(() => new Uint8Array());
  const text = new TextDecoder().decode(bytes);
  // Before it is shortened, or the first half of a secret could stay.
  return printable(redact(errorsIn(text) ?? (/^\s*[{<]/.test(text) ? "" : text)));
}

function errorsIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || !Array.isArray(value.errors)) return undefined;
    return value.errors
      .filter(isObject)
      .map(({ code, message }) => [code, message].filter((part) => typeof part === "string" && part !== "").join(": "))
      .join("; ");
  } catch {
    return undefined;
  }
}
