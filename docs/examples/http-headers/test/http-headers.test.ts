import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/http-headers.wasm";

test("the upstream gets the request's headers as they were edited", async () => {
  const filter = await load(module, { config: { request: { set: { "x-entry": "edge" }, remove: ["x-debug"] } } });
  const { upstream } = await filter.request({ headers: { "x-entry": "forged", "x-debug": "1" } });
  expect(upstream?.headers.getAll("x-entry")).toEqual(["edge"]);
  expect(upstream?.headers.has("x-debug")).toBe(false);
});

test("the client gets the response's headers as they were edited", async () => {
  const filter = await load(module, {
    config: { response: { set: { "x-frame-options": "DENY" }, remove: ["server"] } },
    upstream: { headers: { server: "Leaky/1.2.3" } },
  });
  const { headers } = await filter.request();
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.has("server")).toBe(false);
});

test("headers are logged when that is asked for, but no credentials", async () => {
  const filter = await load(module, { config: { log: true }, upstream: { status: 404 } });
  const { logs } = await filter.request({ path: "/missing", headers: { accept: "*/*", authorization: "Bearer t" } });
  const lines = logs.map(({ message }) => message);
  expect(lines).toContain("request accept: */*");
  expect(lines).toContain("request authorization: (not logged)");
  expect(lines).toContain("response :status: 404");
  expect(lines.at(-1)).toBe("GET /missing: 404");
});

test("nothing is logged otherwise", async () => {
  const { logs } = await (await load(module)).request();
  expect(logs).toEqual([]);
});
