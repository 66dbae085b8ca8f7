import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { available, Envoy, requirePart } from "../../stack/index.ts";
import { send } from "../same-answer/client.ts";
import { cluster } from "../same-answer/envoy-config.ts";
import { ScriptServer } from "../same-answer/script-server.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

const filters = `
import { Action, filter, GrpcStatus, Headers, HttpFilter, log, properties, respond } from "@asmfilter/sdk";

@filter("responding") class Responding extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    return respond(200, "come back", [["x-a", "b"]], GrpcStatus.ResourceExhausted, "quota used up");
  }
  onLog(): void {
    const details = properties.getString("response.code_details");
    log.info(details === null ? "(none)" : details);
  }
}

@filter("metadata") class Metadata extends HttpFilter {
  onRequestMetadata(count: u32): void { log.info("metadata " + count.toString()); }
  onRequestTrailers(trailers: Headers): Action { return Action.Continue; }
  onLog(): void { log.info("over"); }
}
`;

const slow = new ScriptServer({ delay: 200, body: ["ok"] });
let envoy: FiltersInEnvoy;

beforeAll(async () => {
  if (!available(Envoy)) return;
  const port = await slow.start();
  envoy = await FiltersInEnvoy.start(filters, {
    plugins: [{ rootID: "responding" }, { rootID: "metadata", allowMetadata: true }],
    clusters: [cluster("slow", port), cluster("metadata", port)],
  });
});
afterAll(async () => {
  await envoy?.stop();
  slow.stop();
});
beforeEach((context) => requirePart(context, Envoy));

test("a local response says a status to clients of gRPC, and to logs why", async () => {
  const port = await envoy.port("responding");
  const plain = await send(port, {});
  expect([plain.status, plain.body]).toEqual([200, "come back"]);
  const answer = await send(port, { headers: { "content-type": "application/grpc" } });
  expect(answer.headers).toEqual(expect.arrayContaining(["x-a: b", "grpc-status: 8", "grpc-message: come back"]));
  await vi.waitUntil(() => envoy.lines("responding").length === 2);
  expect(envoy.lines("responding")).toEqual(["info: quota_used_up", "info: quota_used_up"]);
});

test("metadata of a request is told of", async () => {
  const client = connect(await envoy.port("metadata"), "127.0.0.1");
  client.on("error", () => {});
  await once(client, "connect");
  client.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, [])]));
  // POST / of http, for the authority "a"; then x-m: 1, never indexed (RFC 7541, 6.2.3).
  client.write(frame(1, 4, 1, [0x83, 0x86, 0x84, 0x01, 1, 0x61]));
  client.write(frame(0x4d, 4, 1, [0x10, 3, 0x78, 0x2d, 0x6d, 1, 0x31]));
  client.write(frame(0, 1, 1, [0x61]));
  await vi.waitUntil(() => envoy.lines("metadata").includes("info: over"));
  client.destroy();
  expect(envoy.lines("metadata")).toEqual(["info: metadata 1", "info: over"]);
});

/** A frame of HTTP/2 (RFC 9113, 4.1). */
function frame(type: number, flags: number, stream: number, payload: number[]): Buffer {
  return Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream, ...payload]);
}
