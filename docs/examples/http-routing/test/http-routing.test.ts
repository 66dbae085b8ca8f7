import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const canary = (percentage: number) =>
  load("build/http-routing.wasm", { config: { host: "canary.example.com", percentage } });

test("a request for the canary is routed by its host, and says which host it was for", async () => {
  const { upstream } = await (await canary(100)).request({ authority: "example.com" });
  expect(upstream?.authority).toBe("canary.example.com");
  expect(upstream?.headers.get("x-forwarded-host")).toBe("example.com");
});

test("any other is left alone", async () => {
  const { upstream } = await (await canary(0)).request({ authority: "example.com" });
  expect(upstream?.authority).toBe("example.com");
  expect(upstream?.headers.has("x-forwarded-host")).toBe(false);
});

test.each([
  ["always", 0, "canary.example.com"],
  ["never", 100, "example.com"],
])("x-canary: %s counts more than %d percent", async (wish, percentage, host) => {
  const { upstream } = await (await canary(percentage)).request({ headers: { "x-canary": wish } });
  expect(upstream?.authority).toBe(host);
});

test("the share of the canary is about what was asked for", async () => {
  const filter = await canary(30);
  let share = 0;
  for (let i = 0; i < 1000; i++) {
    const { upstream } = await filter.request();
    if (upstream?.authority === "canary.example.com") share++;
  }
  // Seven standard deviations to either side.
  expect(share).toBeGreaterThan(200);
  expect(share).toBeLessThan(400);
});
