import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { DiscoveryRequest } from "./proto.ts";
import { Slot } from "./slot.ts";
import { ProxyStream, type StreamHost } from "./stream.ts";

const name = "asmfilter.io/shop/hello";

function opened(fields: Partial<DiscoveryRequest>): ProxyStream {
  const slot = new Slot("shop/hello");
  slot.offer = { content: { version: "v1", encode: async () => new Uint8Array() }, nonce: "n1" };
  slot.uid = "uid-1";
  const host: StreamHost = {
    slot: () => ({ slot, uid: "uid-1" }),
    send: (stream) => stream.sent("v1", "n1"),
    changed: () => undefined,
  };
  const stream = new ProxyStream(host);
  expect(stream.receive(asking(fields))).toBeUndefined();
  return stream;
}

const asking = (fields: Partial<DiscoveryRequest>): DiscoveryRequest =>
  ({
    version_info: "",
    node: { id: "" },
    resource_names: [name],
    type_url: "",
    response_nonce: "",
    error_detail: null,
    ...fields,
  }) as DiscoveryRequest;

test("a version that cannot be one of ours is not taken for what a proxy runs", () => {
  expect(opened({ version_info: "0123456789abcdef" }).evidence().running).toBe("0123456789abcdef");
  expect(opened({ version_info: "x".repeat(100_000) }).evidence()).not.toHaveProperty("running");
});

test("a stream keeps a few kilobytes of what a proxy says, however much that is", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const megabyte = (): string => Buffer.alloc(1024 * 1024, "x").toString();
  collect();
  const before = process.memoryUsage().heapUsed;
  const streams = Array.from({ length: 40 }, () => {
    const stream = opened({ version_info: megabyte(), node: { id: megabyte() } as never });
    stream.receive(asking({ response_nonce: "n1", error_detail: { message: megabyte() } as never }));
    return stream;
  });
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * 1024 * 1024);
  expect(streams[0]?.evidence()).toMatchObject({ node: "x".repeat(1024), refused: { message: "x".repeat(4096) } });
});
