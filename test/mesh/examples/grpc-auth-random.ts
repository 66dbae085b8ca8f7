import { grpc } from "@asmfilter/host/testing";
import { lengthOfNothing } from "../same-answer/accidents.ts";
import type { ToldScenario } from "../same-answer/told.ts";

const clusters = {
  coin: grpc({
    "random.v1.Coin/Toss": ({ message }) => {
      const method = Buffer.from(message).toString();
      if (method.includes("Lost")) return { status: 9, statusMessage: "gone" };
      return { message: method.includes("Heads") ? Uint8Array.of(0x08, 1) : Uint8Array.of() };
    },
  }),
};
const headers = { "content-type": "application/grpc" };

export const scenarios: readonly ToldScenario[] = [
  {
    name: "lets a call pass on heads",
    clusters,
    steps: [{ method: "POST", path: "/shop.v1.Cart/Heads", headers, body: "message" }],
    expected: {
      answers: [{ status: 200, upstream: { request: "POST example.com/shop.v1.Cart/Heads", body: "message" } }],
    },
  },
  {
    name: "denies it on tails, as gRPC says so",
    clusters,
    steps: [{ method: "POST", path: "/shop.v1.Cart/Tails", headers }],
    expected: {
      answers: [
        {
          status: 200,
          headers: ["content-type: application/grpc", "grpc-status: 7", "grpc-message: tails"],
          upstream: undefined,
        },
      ],
    },
    accident: lengthOfNothing,
  },
  {
    name: "denies it without an answer",
    clusters,
    steps: [{ method: "POST", path: "/shop.v1.Cart/Lost", headers }],
    expected: {
      answers: [
        { status: 200, headers: ["content-type: application/grpc", "grpc-status: 14", "grpc-message: no coin"] },
      ],
      logs: ["warn: the coin is lost: 9 gone{via_upstream}"],
    },
    accident: lengthOfNothing,
  },
  {
    name: "is for gRPC only",
    clusters,
    steps: [{ path: "/" }],
    expected: { answers: [{ status: 415, body: "for gRPC only\n", upstream: undefined }], logs: [] },
  },
];
