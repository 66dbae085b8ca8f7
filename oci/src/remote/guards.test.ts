import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { answer, bodyOf, serve } from "../../test/server.ts";
import { specRegistry } from "../../test/spec-registry.ts";
import { readAll } from "../content.ts";
import { descriptorOf } from "../descriptor.ts";
import { digestOf } from "../digest.ts";
import { imageManifest } from "../media-types.ts";
import { pack } from "../pack.ts";
import { repository } from "./index.ts";

const bytes = new TextEncoder().encode("the content");
const blob = descriptorOf("text/plain", bytes);
const manifest = { ...descriptorOf(imageManifest, bytes), mediaType: imageManifest };
const quick = { delay: 1 };
const read = (address: string, options = {}) =>
  readAll(repository(`${address}/a`, { ...quick, ...options }), blob, { limit: 1000 });

describe("a blob that is not what its digest says is never returned", () => {
  test("other bytes of the same length", async () => {
    const { address } = await serve((_, response) => answer(response, 200, {}, "the cOntent"));
    expect(await codeOf(read(address))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  });

  test("a body that is cut short", async () => {
    const { address } = await serve((_, response) => {
      response.writeHead(200, { "content-length": bytes.length }).write("the ");
      setTimeout(() => response.destroy(), 5);
    });
    expect(await codeOf(read(address))).toBe("ASMF_OCI_INCOMPLETE");
  });

  test("a body that just ends", async () => {
    const { address } = await serve((_, response) => answer(response, 200, { "transfer-encoding": "chunked" }, "the "));
    expect(await codeOf(read(address))).toBe("ASMF_OCI_INCOMPLETE");
  });

  test("a body without end: it is left after the first byte too many", async () => {
    let sent = 0;
    const { address } = await serve((_, response) => {
      const send = () => {
        while (!response.destroyed && response.write(new Uint8Array(65_536))) sent += 65_536;
        if (!response.destroyed) response.once("drain", send);
      };
      send();
    });
    expect(await codeOf(read(address))).toBe("ASMF_OCI_DIGEST_MISMATCH");
    expect(sent).toBeLessThan(50_000_000);
  });

  test("another length than declared, before a byte of it is read", async () => {
    const { address } = await serve((_, response) => answer(response, 200, { "content-length": 5 }, "the c"));
    expect((await failureOf(read(address))).message).toContain("5 bytes");
  });

  test("content that was compressed on the way, although we ask not to", async () => {
    const { address, seen } = await serve((_, response) =>
      answer(response, 200, { "content-encoding": "gzip" }, bytes),
    );
    expect(await codeOf(read(address))).toBe("ASMF_OCI_RESPONSE_INVALID");
    expect(seen[0]!.headers["accept-encoding"]).toBe("identity");
  });
});

describe("a manifest that is not what was asked for is refused", () => {
  const resolved = (headers: Record<string, string | number>, reference = "v", body = "{}") =>
    serve((_, response) => answer(response, 200, headers, body)).then(({ address }) =>
      repository(`${address}/a`).resolve(reference),
    );
  const type = { "content-type": imageManifest };

  test("more than 4 MiB, declared or not", async () => {
    const { address } = await serve((_, response) => answer(response, 200, type, new Uint8Array(4 * 1024 * 1024 + 1)));
    const target = repository(`${address}/a`);
    expect(await codeOf(target.resolve("v"))).toBe("ASMF_OCI_TOO_LARGE");
    expect(await codeOf(target.fetch({ ...manifest, size: 4 * 1024 * 1024 + 1 }))).toBe("ASMF_OCI_TOO_LARGE");
  });

  test("another digest than the one in the reference", async () => {
    const digest = `sha256:${"1".repeat(64)}`;
    expect(await codeOf(resolved({ ...type, "docker-content-digest": blob.digest, "content-length": 2 }, digest))).toBe(
      "ASMF_OCI_DIGEST_MISMATCH",
    );
    expect(await codeOf(resolved(type, digest))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  });

  test("but a digest by another algorithm than the reference's says nothing against it", async () => {
    const digest = digestOf(new TextEncoder().encode("{}"), "sha512");
    for (const headers of [{}, { "docker-content-digest": digestOf(new TextEncoder().encode("{}")) }]) {
      expect((await resolved({ ...type, ...headers, "content-length": 2 }, digest)).digest).toBe(digest);
    }
    const wrong = digestOf(new TextEncoder().encode("[]"), "sha512");
    expect(await codeOf(resolved({ ...type, "content-length": 2 }, wrong))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  });

  test("a type that is no manifest, such as a login page", async () => {
    expect(await codeOf(resolved({ "content-type": "text/html" }))).toBe("ASMF_OCI_MANIFEST_INVALID");
    expect(await codeOf(resolved({}))).toBe("ASMF_OCI_MANIFEST_INVALID");
  });

  test("a digest header that is none is not believed: the content is asked for its own", async () => {
    const found = await resolved({ ...type, "docker-content-digest": "sha256:../../x" });
    expect(found).toEqual(descriptorOf(imageManifest, new TextEncoder().encode("{}")));
  });
});

describe("redirects", () => {
  test("are followed to another server without the login, and the login stays with the registry", async () => {
    const storage = await serve((_, response) => answer(response, 200, {}, bytes));
    const registry = await serve((request, response) => {
      if (request.headers.authorization === undefined)
        return answer(response, 401, { "www-authenticate": "Basic realm=x" });
      answer(response, 307, { location: `http://${storage.address}/signed?token=1` });
    });
    const content = await read(registry.address, { credentials: { username: "me", password: "secret" } });
    expect(new Uint8Array(content)).toEqual(bytes);
    expect(registry.seen.at(-1)!.authorization).toMatch(/^Basic /);
    expect(storage.seen).toHaveLength(1);
    expect(storage.seen[0]!.authorization).toBeUndefined();
  });

  test("within the registry keep the login", async () => {
    const registry = await serve((request, response) => {
      if (request.headers.authorization === undefined)
        return answer(response, 401, { "www-authenticate": "Basic realm=x" });
      if (request.url?.startsWith("/v2/")) return answer(response, 302, { location: "/other" });
      answer(response, 200, {}, bytes);
    });
    await read(registry.address, { credentials: { username: "me", password: "secret" } });
    expect(registry.seen.at(-1)).toMatchObject({
      url: "/other",
      authorization: expect.stringMatching(/^Basic /),
    });
  });

  test("to a server that asks for a login get none", async () => {
    const storage = await serve((_, response) => answer(response, 401, { "www-authenticate": "Basic realm=x" }));
    const registry = await serve((_, response) => answer(response, 307, { location: `http://${storage.address}/x` }));
    expect(await codeOf(read(registry.address, { credentials: { username: "me", password: "secret" } }))).toBe(
      "ASMF_OCI_UNAUTHORIZED",
    );
    expect([...storage.seen, ...registry.seen].some(({ authorization }) => authorization)).toBe(false);
  });

  test("in a circle end", async () => {
    const { address, seen } = await serve(({ url }, response) => answer(response, 302, { location: url ?? "" }));
    expect(await codeOf(read(address))).toBe("ASMF_OCI_RESPONSE_INVALID");
    expect(seen.length).toBeLessThan(10);
  });

  test.each(["file:///etc/passwd", "ftp://x/y", "http://", undefined])("to %s are not followed", async (location) => {
    const { address } = await serve((_, response) => answer(response, 302, location === undefined ? {} : { location }));
    expect(await codeOf(read(address))).toBe("ASMF_OCI_RESPONSE_INVALID");
  });

  test("of an upload are not followed", async () => {
    const { address, seen } = await serve((_, response) => answer(response, 307, { location: "/elsewhere" }));
    expect(await codeOf(repository(`${address}/a`).push(blob, bytes))).toBe("ASMF_OCI_RESPONSE_INVALID");
    expect(seen).toHaveLength(1);
  });
});

describe("uploads", () => {
  test("to another server are refused before a byte is sent", async () => {
    const elsewhere = await serve((_, response) => answer(response, 201));
    const registry = await serve((_, response) =>
      answer(response, 202, { location: `http://${elsewhere.address}/upload` }),
    );
    const failure = await failureOf(repository(`${registry.address}/a`).push(blob, bytes));
    expect(failure.code).toBe("ASMF_OCI_ORIGIN_REFUSED");
    expect(elsewhere.seen).toEqual([]);
  });

  test("have a length, so that no proxy has to guess, and are not chunked", async () => {
    const registry = await specRegistry();
    await repository(`${registry.address}/a`).push(blob, new Response(bytes).body!);
    const put = registry.seen.find(({ method }) => method === "PUT")!;
    expect(put.headers).toMatchObject({
      "content-length": String(bytes.length),
      "content-type": "application/octet-stream",
    });
    expect(put.headers["transfer-encoding"]).toBeUndefined();
  });

  test("that the registry stores under another digest fail", async () => {
    const { address } = await serve(async (request, response) => {
      await bodyOf(request);
      if (request.method === "POST") return answer(response, 202, { location: "/upload" });
      answer(response, 201, { "docker-content-digest": `sha256:${"1".repeat(64)}` });
    });
    expect(await codeOf(repository(`${address}/a`).push(blob, bytes))).toBe("ASMF_OCI_DIGEST_MISMATCH");
  });

  test("without an address to go to fail", async () => {
    const { address } = await serve((_, response) => answer(response, 202));
    expect(await codeOf(repository(`${address}/a`).push(blob, bytes))).toBe("ASMF_OCI_RESPONSE_INVALID");
  });

  test("that are refused at their beginning end there, and let go of their source", async () => {
    const { address } = await serve((request, response) =>
      request.method === "POST"
        ? answer(response, 202, { location: "/upload" })
        : answer(response, 413, {}, "too large"),
    );
    let cancelled = false;
    const piece = randomBytes(65_536);
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(piece),
      cancel: () => {
        cancelled = true;
      },
    });
    const huge = { ...blob, size: 10 ** 12 };
    const code = await codeOf(repository(`${address}/a`, quick).push(huge, source));
    expect(["ASMF_OCI_TOO_LARGE", "ASMF_OCI_UNREACHABLE"]).toContain(code);
    await expect.poll(() => cancelled).toBe(true);
  });
});

test("an artifact goes into a registry and comes back", async () => {
  const { address } = await specRegistry();
  const target = repository(`${address}/a/b`);
  await target.push(blob, bytes);
  const packed = await pack(target, { artifactType: "application/vnd.example", layers: [blob] });
  await target.tag(packed, "v");
  expect((await target.resolve("v")).digest).toBe(packed.digest);
});
