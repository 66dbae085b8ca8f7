import { describe, expect, test, vi } from "vitest";
import { SmallProxy } from "./testdata/proxy.ts";
import { compileGuest } from "./testdata/sources.ts";

const MB = 1 << 20;

vi.setConfig({ testTimeout: 60_000 });

/** How one callback puts a megabyte together, leaving about a gigabyte of shorter texts behind on the way. */
const WAYS = {
  "by +=": `
    let text = "";
    for (let i = 0; i < 1024; i++) text += ${JSON.stringify("0123456789abcdef".repeat(64))};`,
  "by joining an array": `
    const parts: string[] = [];
    for (let i = 0; i < 65536; i++) parts.push(i.toString().padStart(16, "."));
    const text = parts.join("");`,
};

/** A filter for each place where a body is given, and how the proxy calls it there. */
const PLACES: Record<string, { filter: (build: string) => string; buffer: number; call: (proxy: SmallProxy) => void }> =
  {
    "a request's body": {
      filter: (build) => httpFilter("onRequestBody", build),
      buffer: 0,
      call: (proxy) => void proxy.call("proxy_on_request_body", 2, 1, 1),
    },
    "a response's body": {
      filter: (build) => httpFilter("onResponseBody", build),
      buffer: 1,
      call: (proxy) => void proxy.call("proxy_on_response_body", 2, 1, 1),
    },
    "a client's data": {
      filter: (build) => networkFilter("onDownstreamData", build),
      buffer: 2,
      call: (proxy) => void proxy.call("proxy_on_downstream_data", 2, 1, 1),
    },
    "a server's data": {
      filter: (build) => networkFilter("onUpstreamData", build),
      buffer: 3,
      call: (proxy) => void proxy.call("proxy_on_upstream_data", 2, 1, 1),
    },
  };

function httpFilter(callback: string, build: string): string {
  return `@filter("a") class A extends HttpFilter {
    ${callback}(body: Body, endOfStream: bool): Action { ${build} body.replace(text); return Action.Continue; }
  }`;
}

function networkFilter(callback: string, build: string): string {
  return `import { Data, NetworkFilter } from "@asmfilter/sdk";
  @filter("a") class A extends NetworkFilter {
    ${callback}(data: Data, endOfStream: bool): Action { ${build} data.replace(text); return Action.Continue; }
  }`;
}

describe("a callback that builds a body of 1 MB stays within a few times that", () => {
  test.each(Object.keys(PLACES).flatMap((place) => Object.keys(WAYS).map((way) => [place, way] as const)))(
    "in place of %s, %s",
    async (place, way) => {
      const { filter, buffer, call } = PLACES[place]!;
      const proxy = new SmallProxy((await compileGuest(filter(WAYS[way as keyof typeof WAYS]))).wasm);
      proxy.configure(undefined);
      proxy.call("proxy_on_context_create", 2, 1);
      const sizes: number[] = [];
      for (let round = 0; round < 3; round++) {
        proxy.buffers[buffer] = Uint8Array.of(1);
        call(proxy);
        expect(proxy.buffers[buffer]?.length).toBe(MB);
        sizes.push(proxy.memory.buffer.byteLength / MB);
      }
      // Two bytes a character: a text, the one it is made of or its parts with their heads; and the bytes on the way out.
      expect(Math.max(...sizes)).toBeLessThanOrEqual(12);
      expect(sizes[2]).toBe(sizes[1]);
    },
  );
});
