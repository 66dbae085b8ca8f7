import { expect, test } from "vitest";
import { codeOf } from "../test/failures.ts";
import { openContent, readAll, verifying } from "./content.ts";
import { descriptorOf } from "./descriptor.ts";

const bytes = new TextEncoder().encode("some content that comes in pieces");
const descriptor = descriptorOf("text/plain", bytes);

async function* pieces(of: Uint8Array, length = 5): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < of.length; at += length) yield of.subarray(at, at + length);
}

async function read(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

test("a reader that ends has seen the bytes of the digest", async () => {
  expect(await read(verifying(pieces(bytes), descriptor))).toEqual(bytes);
  expect(await read(verifying(pieces(bytes), descriptorOf("text/plain", bytes, "sha512")))).toEqual(bytes);
  expect(await read(verifying(pieces(new Uint8Array()), descriptorOf("text/plain", new Uint8Array())))).toHaveLength(0);
});

test("other bytes of the same length fail, so do too few and too many", async () => {
  const other = bytes.slice();
  other[7]! ^= 1;
  expect(await codeOf(read(verifying(pieces(other), descriptor)))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  expect(await codeOf(read(verifying(pieces(bytes.subarray(1)), descriptor)))).toBe("ASMF_OCI_INCOMPLETE");
  expect(await codeOf(read(verifying(pieces(new Uint8Array([...bytes, 1])), descriptor)))).toBe(
    "ASMF_OCI_DIGEST_MISMATCH",
  );
});

test("too many bytes end the reading at once, not at the end of an endless source", async () => {
  let taken = 0;
  const endless = {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        taken += 1;
        yield new Uint8Array(1000);
      }
    },
  };
  expect(await codeOf(read(verifying(endless, descriptor)))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  expect(taken).toBe(1);
});

test("the source is closed once, however the reading ends", async () => {
  for (const end of ["read", "cancelled", "failed"]) {
    let closed = 0;
    const source = {
      [Symbol.asyncIterator]: () => pieces(end === "failed" ? bytes.subarray(1) : bytes),
      close: () => void closed++,
    };
    const stream = verifying(source, descriptor);
    if (end === "cancelled") await stream.cancel();
    else await read(stream).catch(() => {});
    expect(closed, end).toBe(1);
  }
});

test("nothing is read before the reader asks", async () => {
  let asked = false;
  const source = {
    async *[Symbol.asyncIterator]() {
      asked = true;
      yield bytes;
    },
  };
  const stream = verifying(source, descriptor);
  await new Promise(setImmediate);
  expect(asked).toBe(false);
  await stream.cancel();
});

test("a stream that verifies is not trusted: part of it may be gone, and it may be for something else", async () => {
  const partlyRead = verifying(pieces(bytes), descriptor);
  const reader = partlyRead.getReader();
  await reader.read();
  reader.releaseLock();
  expect(await codeOf(read(await openContent(partlyRead, descriptor)))).toBe("ASMF_OCI_INCOMPLETE");
  const cancelled = verifying(pieces(bytes), descriptor);
  await cancelled.cancel();
  expect(await codeOf(read(await openContent(cancelled, descriptor)))).toBe("ASMF_OCI_INCOMPLETE");
  for (const [other, code] of [
    [{ ...descriptor, size: descriptor.size + 1 }, "ASMF_OCI_INCOMPLETE"],
    [descriptorOf("text/plain", new Uint8Array([1])), "ASMF_OCI_DIGEST_MISMATCH"],
  ] as const) {
    expect(await codeOf(read(await openContent(verifying(pieces(bytes), descriptor), other)))).toBe(code);
  }
});

test("a signal ends the reading with its reason, also while the source hangs, and closes the source", async () => {
  for (const hangs of [true, false]) {
    const stop = new AbortController();
    let closed = 0;
    const source = {
      async *[Symbol.asyncIterator]() {
        yield bytes.subarray(0, 1);
        if (hangs) await new Promise(() => {});
        stop.abort(new Error("enough"));
        throw new Error("the connection broke");
      },
      close: () => void closed++,
    };
    const stream = verifying(source, descriptor, stop.signal);
    if (hangs) setTimeout(() => stop.abort(new Error("enough")), 5);
    await expect(read(stream)).rejects.toThrow("enough");
    expect(closed).toBe(1);
  }
});

test("what a stranger's fetcher returns is verified as well", async () => {
  const lying = { fetch: async () => new Response("something else than what is asked for").body! };
  expect(await codeOf(readAll(lying, descriptor, { limit: 100 }))).toBe("ASMF_OCI_DIGEST_MISMATCH");
});

test("content over the limit is not even asked for", async () => {
  const from = { fetch: () => Promise.reject(new Error("fetched")) };
  expect(await codeOf(readAll(from, { ...descriptor, size: 101 }, { limit: 100 }))).toBe("ASMF_OCI_TOO_LARGE");
});

test("a declared size allocates nothing", async () => {
  const declared = { ...descriptor, size: Number.MAX_SAFE_INTEGER };
  const from = { fetch: async () => verifying(pieces(bytes), declared) };
  expect(await codeOf(readAll(from, declared, { limit: Number.MAX_SAFE_INTEGER }))).toBe("ASMF_OCI_INCOMPLETE");
});
