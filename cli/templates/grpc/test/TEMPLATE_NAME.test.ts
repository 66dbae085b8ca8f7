import { grpc, load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

// auth.v1.CheckResponse in protobuf: field 1 is `allowed`, field 2 `user`.
const allowed = Uint8Array.of(0x08, 1, 0x12, 4, ...new TextEncoder().encode("jane"));
const denied = Uint8Array.of();

const filter = () =>
  load("build/TEMPLATE_NAME.wasm", {
    clusters: {
      auth: grpc({
        "auth.v1.Auth/Check": ({ message }) => ({
          message: new TextDecoder().decode(message).includes("Bearer friend") ? allowed : denied,
        }),
      }),
    },
  });

test("a friend passes, and the upstream is told who it is", async () => {
  const reply = await (await filter()).request({ path: "/", headers: { authorization: "Bearer friend" } });
  expect(reply.status).toBe(200);
  expect(reply.upstream?.headers.get("x-user")).toBe("jane");
});

test("a stranger is sent away, and nothing reaches the upstream", async () => {
  const reply = await (await filter()).request({ path: "/" });
  expect(reply.status).toBe(403);
  expect(reply.upstream).toBeUndefined();
});

test("without an answer nobody passes", async () => {
  const broken = await load("build/TEMPLATE_NAME.wasm", {
    clusters: { auth: grpc({ "auth.v1.Auth/Check": { status: 14, statusMessage: "down" } }) },
  });
  const reply = await broken.request({ path: "/", headers: { authorization: "Bearer friend" } });
  expect(reply.status).toBe(503);
});
