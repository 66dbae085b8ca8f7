import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

test("every response carries the greeting", async () => {
  const filter = await load("build/TEMPLATE_NAME.wasm");
  const reply = await filter.request({ method: "GET", path: "/" });
  expect(reply.status).toBe(200);
  expect(reply.headers.get("x-TEMPLATE_NAME")).toBe("world");
});

test("the configuration names the header and its value", async () => {
  const filter = await load("build/TEMPLATE_NAME.wasm", { config: { header: "x-greeting", value: "Grüße" } });
  const reply = await filter.request({ method: "GET", path: "/" });
  expect(reply.headers.get("x-greeting")).toBe("Grüße");
  expect(reply.headers.has("x-TEMPLATE_NAME")).toBe(false);
});

test("a parameter that the filter does not have is refused by name", async () => {
  await expect(load("build/TEMPLATE_NAME.wasm", { config: { heder: "x-TEMPLATE_NAME" } })).rejects.toThrow(/heder/);
});
