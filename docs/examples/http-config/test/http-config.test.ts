import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/http-config.wasm";
const headers = { "x-team": "shop", "cache-control": "no-store" };
const upstream = { headers: { "cache-control": "max-age=60" } };

test("the headers of the configuration replace those of the upstream", async () => {
  const filter = await load(module, { config: { headers }, upstream });
  const reply = await filter.request();
  expect(reply.headers.get("x-team")).toBe("shop");
  expect(reply.headers.getAll("cache-control")).toEqual(["no-store"]);
});

test("where it says so, they leave the upstream's as they are", async () => {
  const filter = await load(module, { config: { headers, when: "absent" }, upstream });
  const reply = await filter.request();
  expect(reply.headers.get("x-team")).toBe("shop");
  expect(reply.headers.getAll("cache-control")).toEqual(["max-age=60"]);
});

test.each([
  [{ headers: {} }, "headers: expected at least 1 entries"],
  [{ headers, when: "never" }, "when: expected one of always, absent"],
  [{ headers: { ":status": "200" } }, "headers.:status: is no header of its own"],
])("%j is refused", async (config, reason) => {
  await expect(load(module, { config })).rejects.toThrow(reason);
});
