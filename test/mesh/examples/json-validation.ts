import { notYetConnected } from "../same-answer/accidents.ts";
import type { ToldScenario } from "../same-answer/told.ts";

const config = { required: ["id", "items"] };
const headers = { "content-type": "application/json" };
const order = '{"id":"a","items":[{"id":7}]}';

export const scenarios: readonly ToldScenario[] = [
  {
    name: "lets an object with the keys pass, however it arrives",
    config,
    steps: [
      { path: "/orders", headers, body: order },
      { path: "/orders", headers, body: ['{"id":"a","it', 'ems":[{"id":7}]}'] },
    ],
    expected: {
      answers: [
        {
          status: 200,
          upstream: {
            headers: ["x-forwarded-proto: http", "content-type: application/json", "content-length: 29"],
            body: order,
          },
        },
        { status: 200, upstream: { body: order } },
      ],
    },
  },
  {
    name: "says which keys are missing",
    config,
    steps: [{ path: "/orders", headers, body: '{"items":[{"id":7}]}' }],
    expected: { answers: [{ status: 400, body: "missing: id\n" }] },
    accident: notYetConnected,
  },
  {
    name: "says where it is no JSON",
    config,
    steps: [{ path: "/orders", headers, body: '{"id":1,"items":[}' }],
    expected: { answers: [{ status: 400, body: "no JSON: a value or ] is wanted at byte 17\n" }] },
    accident: notYetConnected,
  },
  {
    name: "refuses unread what is called something else, and lets what has no body pass",
    config,
    steps: [{ path: "/orders", headers: { "content-type": "text/plain" }, body: order }, { path: "/orders" }],
    expected: {
      answers: [{ status: 415, body: "application/json is wanted\n", upstream: undefined }, { status: 200 }],
    },
  },
];
