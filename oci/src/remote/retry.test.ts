import { describe, expect, test } from "vitest";
import { failureOf } from "../../test/failures.ts";
import { answer, bodyOf, serve } from "../../test/server.ts";
import { descriptorOf } from "../descriptor.ts";
import { imageManifest } from "../media-types.ts";
import { repository } from "./index.ts";
import { retryAfter } from "./retry.ts";

const bytes = new TextEncoder().encode("x");
const blob = descriptorOf("text/plain", bytes);

/** Fails so often, then answers. */
function flaky(failures: number, status: number, headers: Record<string, string> = {}) {
  return serve((_, response) =>
    failures-- > 0 ? answer(response, status, headers) : answer(response, 200, {}, bytes),
  );
}

describe("what may pass is tried again", () => {
  test.each([408, 429, 500, 502, 503, 504])("%i", async (status) => {
    const { address, seen } = await flaky(2, status);
    expect(await repository(`${address}/a`, { delay: 1 }).exists(blob)).toBe(true);
    expect(seen).toHaveLength(3);
  });

  test("a connection that breaks", async () => {
    let failures = 2;
    const { address } = await serve((request, response) =>
      failures-- > 0 ? void request.socket.destroy() : answer(response, 200, {}, bytes),
    );
    expect(await repository(`${address}/a`, { delay: 1 }).exists(blob)).toBe(true);
  });

  test("but not without end: four times, or as often as is asked for", async () => {
    for (const [options, requests] of [
      [{}, 5],
      [{ retries: 0 }, 1],
      [{ retries: 1 }, 2],
    ] as const) {
      const { address, seen } = await flaky(100, 503);
      const failure = await failureOf(repository(`${address}/a`, { delay: 1, ...options }).exists(blob));
      expect(failure.code).toBe("ASMF_OCI_UNAVAILABLE");
      expect(seen).toHaveLength(requests);
    }
  });

  test.each([400, 403, 404, 405, 501])("%i is an answer, and not asked again", async (status) => {
    const { address, seen } = await flaky(1, status);
    await repository(`${address}/a`)
      .fetch(blob)
      .catch(() => {});
    expect(seen).toHaveLength(1);
  });

  test("a stream that was begun is not sent again", async () => {
    let uploads = 0;
    const { address } = await serve((request, response) => {
      if (request.method === "POST") return answer(response, 202, { location: "/upload" });
      if (request.method === "HEAD") return answer(response, 404);
      uploads += 1;
      request.resume().once("end", () => answer(response, 503));
    });
    await repository(`${address}/a`, { delay: 1 })
      .push(blob, new Response(bytes).body!)
      .catch(() => {});
    expect(uploads).toBe(1);
    await repository(`${address}/a`, { delay: 1 })
      .push(blob, bytes)
      .catch(() => {});
    expect(uploads).toBe(6);
  });
});

describe("an upload", () => {
  test("whose answer was lost has arrived all the same: it is looked for before it is sent again", async () => {
    let stored = false;
    const { address, seen } = await serve(async (request, response) => {
      if (request.method === "POST") return answer(response, 202, { location: "/upload" });
      if (request.method === "HEAD") return answer(response, stored ? 200 : 404);
      await bodyOf(request);
      if (stored) return answer(response, 404);
      stored = true;
      request.socket.destroy();
    });
    await repository(`${address}/a`, { delay: 1 }).push(blob, bytes);
    expect(seen.map(({ method, url }) => `${method} ${url.split("?")[0]}`)).toEqual([
      "POST /v2/a/blobs/uploads/",
      "PUT /upload",
      `HEAD /v2/a/blobs/${blob.digest}`,
    ]);
  });

  test("that broke begins anew, at another address", async () => {
    let begun = 0;
    const { address, seen } = await serve(async (request, response) => {
      if (request.method === "POST") return answer(response, 202, { location: `/upload${++begun}` });
      if (request.method === "HEAD") return answer(response, 404);
      await bodyOf(request);
      if (begun === 1) return void request.socket.destroy();
      answer(response, 201);
    });
    await repository(`${address}/a`, { delay: 1 }).push(blob, bytes);
    expect(seen.at(-1)!.url).toMatch(/^\/upload2/);
  });

  test("that is refused at its beginning lets go of its source", async () => {
    const { address } = await serve((_, response) => answer(response, 403));
    let cancelled = 0;
    const cancel = () => void cancelled++;
    await repository(`${address}/a`)
      .push(blob, new ReadableStream({ cancel }))
      .catch(() => {});
    const tooLarge = { ...blob, mediaType: imageManifest, size: 10 ** 9 };
    await repository(`${address}/a`)
      .push(tooLarge, new ReadableStream({ cancel }))
      .catch(() => {});
    expect(cancelled).toBe(2);
  });
});

describe("Retry-After", () => {
  test("is waited for", async () => {
    const { address } = await flaky(1, 429, { "retry-after": "1" });
    const begin = performance.now();
    await repository(`${address}/a`, { delay: 1 }).exists(blob);
    expect(performance.now() - begin).toBeGreaterThan(950);
  });

  test("beyond a minute is told of instead", async () => {
    const { address, seen } = await flaky(1, 429, { "retry-after": "3600" });
    const failure = await failureOf(repository(`${address}/a`).exists(blob));
    expect(failure.hint).toContain("3600 s");
    expect(seen).toHaveLength(1);
  });

  test("may be a date, and what is neither says nothing", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(retryAfter("Thu, 01 Jan 2026 00:00:05 GMT", now)).toBe(5000);
    expect(retryAfter("Wed, 31 Dec 2025 00:00:05 GMT", now)).toBe(0);
    expect(retryAfter("7", now)).toBe(7000);
    for (const text of ["soon", "-1", "", undefined]) expect(retryAfter(text, now)).toBeUndefined();
  });
});

test("a signal ends the waiting", async () => {
  const { address } = await flaky(9, 429, { "retry-after": "30" });
  const signal = AbortSignal.timeout(50);
  await expect(repository(`${address}/a`).exists(blob, { signal })).rejects.toThrow();
});
