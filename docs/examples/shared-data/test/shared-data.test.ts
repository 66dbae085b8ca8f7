import { createProxy, load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const module = "build/shared-data.wasm";

test("the upstream sees requests numbered one after the other", async () => {
  const filter = await load(module);
  for (const number of ["1", "2", "3"]) {
    const { upstream } = await filter.request({ headers: { "x-request-number": "my own" } });
    expect(upstream?.headers.getAll("x-request-number")).toEqual([number]);
  }
});

test("VMs of one id number together, others on their own", async () => {
  const proxy = createProxy();
  const [one, two, other] = [
    await proxy.load(module, { vmID: "shop" }),
    await proxy.load(module, { vmID: "shop", vmConfig: "a VM of its own" }),
    await proxy.load(module, { vmID: "bank" }),
  ];
  const numbers: (string | undefined)[] = [];
  for (const filter of [one, two, other, one, other]) {
    numbers.push((await filter.request()).upstream?.headers.get("x-request-number"));
  }
  expect(numbers).toEqual(["1", "2", "1", "3", "2"]);
});

test("the last number is kept as text, under a key of the VM's id", async () => {
  const filter = await load(module, { vmID: "shop", config: { header: "x-sequence" } });
  const { upstream } = await filter.request();
  expect(upstream?.headers.get("x-sequence")).toBe("1");
  expect(Buffer.from(filter.sharedData.get("shop", "last-number")!.value).toString()).toBe("1");
});
