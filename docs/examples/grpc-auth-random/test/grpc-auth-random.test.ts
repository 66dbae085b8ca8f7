import { type GrpcMethod, grpc, load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

// random.v1.TossResponse in protobuf: field 1 is `heads`, and false is not sent.
const heads = Uint8Array.of(0x08, 1);
const tails = Uint8Array.of();

const call = { method: "POST", path: "/shop.v1.Cart/Add", headers: { "content-type": "application/grpc" } };

async function filter(toss: GrpcMethod) {
  return load("build/grpc-auth-random.wasm", { clusters: { coin: grpc({ "random.v1.Coin/Toss": toss }) } });
}

test("heads lets the call pass", async () => {
  const reply = await (await filter({ message: heads })).request(call);
  expect(reply.upstream?.path).toBe("/shop.v1.Cart/Add");
});

test("the coin knows what is called", async () => {
  let message = "";
  const asked = await filter((request) => {
    message = new TextDecoder().decode(request.message);
    return { message: heads };
  });
  await asked.request(call);
  expect(message).toContain("/shop.v1.Cart/Add");
});

test("tails denies it, as gRPC says so", async () => {
  const reply = await (await filter({ message: tails })).request(call);
  expect(reply.headers.get("grpc-status")).toBe("7");
  expect(reply.headers.get("grpc-message")).toBe("tails");
  expect(reply.upstream).toBeUndefined();
});

test("a coin that is lost lets nobody pass", async () => {
  const reply = await (await filter({ status: 14, statusMessage: "rolled away" })).request(call);
  expect(reply.headers.get("grpc-status")).toBe("14");
  expect(reply.logs.map(({ message }) => message)).toEqual([expect.stringContaining("the coin is lost: 14")]);
});

test("what is not gRPC is not even asked about", async () => {
  const reply = await (await filter({ message: heads })).request({ path: "/" });
  expect(reply.status).toBe(415);
});
