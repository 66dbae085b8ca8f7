import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/http-body.wasm";
const headers = { "content-type": "text/plain" };

test("the upstream gets the request's body as it was edited", async () => {
  const filter = await load(module, { config: { request: { prepend: "<", append: ">" } } });
  const { upstream } = await filter.request({ headers, body: ["hel", "lo"] });
  expect(upstream?.text()).toBe("<hello>");
  expect(upstream?.headers.has("content-length")).toBe(false);
});

test("a body can be replaced altogether", async () => {
  const filter = await load(module, { config: { request: { replace: "nothing" } } });
  const { upstream } = await filter.request({ headers, body: "something" });
  expect(upstream?.text()).toBe("nothing");
});

test("what is redacted does not reach the client, also where it came in two pieces", async () => {
  const filter = await load(module, {
    config: { response: { redact: ["bluebird", "", "Grüße"] } },
    upstream: { headers, body: ["blue", "bird sends Grüße\n"] },
  });
  expect((await filter.request()).text()).toBe("[redacted] sends [redacted]\n");
});

test("what is no text goes by unchanged, with its length", async () => {
  const image = Uint8Array.of(0xff, 0xd8, 0xff);
  const filter = await load(module, {
    config: { response: { append: "!" } },
    upstream: { headers: { "content-type": "image/jpeg" }, body: image },
  });
  const reply = await filter.request();
  expect(reply.body).toEqual(image);
  expect(reply.headers.get("content-length")).toBe("3");
});

test("the upstream is not asked for a compressed answer, and one that comes all the same goes by", async () => {
  const filter = await load(module, {
    config: { response: { append: "!" } },
    upstream: { headers: { ...headers, "content-encoding": "gzip" }, body: "\x1f\x8b" },
  });
  const reply = await filter.request({ headers: { "accept-encoding": "gzip" } });
  expect(reply.upstream?.headers.has("accept-encoding")).toBe(false);
  expect(reply.text()).toBe("\x1f\x8b");
});
