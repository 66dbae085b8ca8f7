import { deflateSync } from "node:zlib";
import type { ToldScenario } from "../same-answer/told.ts";

const compressed = (batch: string) => deflateSync(batch).toString("base64");

export const scenarios: readonly ToldScenario[] = [
  {
    name: "logs one compressed batch a period",
    config: { period: "300ms" },
    upstream: { status: 404, headers: { "content-length": "0" } },
    steps: [{ path: "/cart?item=1" }, { wait: 600 }, { path: "/cart" }, { wait: 600 }],
    expected: {
      logs: [
        `info: 1 requests, 0 more: ${compressed("404 /cart")}`,
        `info: 1 requests, 0 more: ${compressed("404 /cart")}`,
      ],
    },
  },
];
