import { describe, expect, test } from "vitest";
import { answer, serve } from "../../test/server.ts";
import { readAll } from "../content.ts";
import { descriptorOf } from "../descriptor.ts";
import { imageManifest } from "../media-types.ts";
import { repository } from "./index.ts";

const bytes = new TextEncoder().encode("x");
const blob = descriptorOf("text/plain", bytes);
const manifest = descriptorOf(imageManifest, bytes);

type Handler = Parameters<typeof serve>[0];
const silent: Handler = () => {};
const begunOnly: Handler = (_, response) => void response.writeHead(200).write(" ");

describe("a signal ends with its reason", () => {
  const open = (address: string) => repository(`${address}/a`, { delay: 1 });
  test.each<[string, Handler, (target: ReturnType<typeof open>, signal: AbortSignal) => Promise<unknown>]>([
    ["a request without an answer", silent, (target, signal) => target.exists(blob, { signal })],
    ["a blob that stops", begunOnly, (target, signal) => readAll(target, { ...blob, size: 9 }, { limit: 9, signal })],
    ["a list of tags that stops", begunOnly, (target, signal) => target.tags({ signal })],
    [
      "a manifest that stops",
      (request, response) => {
        response.writeHead(200, { "content-type": imageManifest });
        request.method === "HEAD" ? response.end() : response.write(" ");
      },
      (target, signal) => target.resolve("v", { signal }),
    ],
    [
      "the waiting for a retry",
      (_, response) => answer(response, 503, { "retry-after": "30" }),
      (target, signal) => target.exists(blob, { signal }),
    ],
    [
      "a manifest whose source hangs",
      silent,
      (target, signal) => target.push(manifest, new ReadableStream({ pull: () => new Promise(() => {}) }), { signal }),
    ],
  ])("%s", async (_, handle, work) => {
    const { address } = await serve(handle);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 30);
    await expect(work(open(address), stop.signal)).rejects.toThrow("enough");
  });

  test("a token server that hangs", async () => {
    const tokens = await serve(silent);
    const { address } = await serve((_, response) =>
      answer(response, 401, { "www-authenticate": `Bearer realm="http://${tokens.address}/"` }),
    );
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 30);
    await expect(open(address).exists(blob, { signal: stop.signal })).rejects.toThrow("enough");
  });
});
