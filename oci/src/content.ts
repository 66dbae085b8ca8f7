import { createHash } from "node:crypto";
import type { Descriptor } from "./descriptor.ts";
import { algorithmOf, type Digest, finish } from "./digest.ts";
import { AsmFilterError } from "./errors.ts";
import { abortable } from "./signal.ts";

/**
 * Content on its way into a store: bytes, a stream that can be read once, or a function that opens a stream,
 * which the store may call again where sending failed and a second try makes sense.
 */
export type Content = Uint8Array | ReadableStream<Uint8Array> | (() => Promise<ReadableStream<Uint8Array>>);

/** Something that yields bytes and can be closed early. */
export interface ByteSource extends AsyncIterable<Uint8Array> {
  /** Lets go of file or connection. Called once, however the reading ended. */
  close?(): void | Promise<void>;
}

/**
 * A stream that ends without error only after exactly `descriptor.size` bytes of `descriptor.digest` have passed.
 * Until then its reader must not let anybody see what it has read. Holds one chunk at a time. The signal fails it with its reason.
 */
export function verifying(
  source: ByteSource,
  descriptor: Descriptor,
  signal?: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const algorithm = algorithmOf(descriptor.digest);
  const hash = createHash(algorithm);
  const iterator = source[Symbol.asyncIterator]();
  let seen = 0;

  const next = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = await iterator.next();
    if (!done) {
      seen += value.byteLength;
      if (seen > descriptor.size) throw tooManyBytes(descriptor);
      hash.update(value);
      return value;
    }
    if (seen < descriptor.size) throw incomplete(descriptor, seen);
    const actual = finish(hash, algorithm);
    if (actual !== descriptor.digest) throw mismatch(descriptor, actual);
    return undefined;
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = await abortable(signal, next);
          if (chunk !== undefined) return controller.enqueue(chunk);
        } catch (error) {
          await source.close?.();
          throw error;
        }
        await source.close?.();
        controller.close();
      },
      async cancel() {
        await source.close?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The content as a stream that verifies, whatever it went through before: part of it may have been read. */
export async function openContent(
  content: Content,
  descriptor: Descriptor,
  signal?: AbortSignal | undefined,
): Promise<ReadableStream<Uint8Array>> {
  if (content instanceof Uint8Array) return verifying(once(content), descriptor, signal);
  const stream = typeof content === "function" ? await abortable(signal, content) : content;
  return verifying(closing(stream), descriptor, signal);
}

/** Runs what takes content in; a stream that it has not read to its end, or not at all, is let go. */
export async function taking<T>(content: Content, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    // One that is being read has a reader, which lets go of it.
    if (content instanceof ReadableStream && !content.locked) await content.cancel().catch(() => {});
  }
}

/**
 * All of a verified content in memory. Memory grows with what arrives, never with what a descriptor declares.
 *
 * @throws {AsmFilterError} `ASMF_OCI_TOO_LARGE` when it has more than `limit` bytes; nothing is fetched then.
 */
export async function readAll(
  from: { fetch(descriptor: Descriptor, options?: { signal?: AbortSignal }): Promise<ReadableStream<Uint8Array>> },
  descriptor: Descriptor,
  { limit, signal }: { limit: number; signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  checkSize(descriptor, limit);
  const fetched = await from.fetch(descriptor, signal === undefined ? {} : { signal });
  const chunks: Uint8Array[] = [];
  for await (const chunk of await openContent(fetched, descriptor, signal)) chunks.push(chunk);
  const only = chunks[0];
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** @throws {AsmFilterError} `ASMF_OCI_TOO_LARGE` */
export function checkSize({ digest, size }: Descriptor, limit: number): void {
  if (size <= limit) return;
  throw new AsmFilterError("ASMF_OCI_TOO_LARGE", `${digest} has ${size} bytes; at most ${limit} are read`, {
    hint: "If that size is meant, raise the limit; else look at what was pushed there.",
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}

function closing(stream: ReadableStream<Uint8Array>): ByteSource {
  const reader = stream.getReader();
  return {
    async *[Symbol.asyncIterator]() {
      for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
    },
    close: () => reader.cancel(),
  };
}

const tryAgain =
  "Nothing of it was used. Try again; if it stays, what is stored there is damaged: remove it there and push it again.";

function mismatch({ digest }: Descriptor, actual: Digest): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_DIGEST_MISMATCH", `content of ${digest} arrived as ${actual}`, {
    hint: tryAgain,
  });
}

function tooManyBytes({ digest, size }: Descriptor): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_DIGEST_MISMATCH", `content of ${digest} has more than its ${size} bytes`, {
    hint: tryAgain,
  });
}

export function incomplete({ digest, size }: Descriptor, seen: number, cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_INCOMPLETE", `content of ${digest} ended after ${seen} of ${size} bytes`, {
    hint: tryAgain,
    cause,
  });
}
