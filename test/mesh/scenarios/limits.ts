import { guest } from "../../../host/test/guest.ts";
import { notYetConnected } from "../same-answer/accidents.ts";
import type { Subject } from "./subject.ts";

/** Holds the headers and the body of a response (StopAllIterationAndBuffer). */
const holding = guest`
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (call $header (i32.const 2) ${":status"}) (call $report ${"end"} (local.get 2)) (i32.const 3))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (call $say ${"body"}) (i32.const 0))
  (func (export "proxy_on_log") (param i32) (call $header (i32.const 2) ${":status"}) (call $say ${"log"}))`;

/** Holds both bodies until their end. */
const holdingBodies = guest`
  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (call $report ${"request"} (local.get 1))
    (if (result i32) (local.get 2) (then (i32.const 0)) (else (i32.const 1))))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (call $report ${"response"} (local.get 1))
    (if (result i32) (local.get 2) (then (i32.const 0)) (else (i32.const 1))))
  (func (export "proxy_on_log") (param i32) (call $say ${"log"}))`;

const large = "x".repeat(300);

export const limits: Subject = {
  title: "a body that waits in a filter",
  scenarios: [
    {
      name: "is refused when it grows beyond the limit",
      wasm: holdingBodies,
      bufferLimit: 500,
      steps: [{ body: [large, large, "rest"] }],
    },
    {
      name: "is refused in its first piece",
      wasm: holdingBodies,
      bufferLimit: 200,
      steps: [{ body: [large, "rest"] }],
      accident: notYetConnected,
    },
    {
      name: "passes when it is just as long as the limit",
      wasm: holdingBodies,
      bufferLimit: 600,
      steps: [{ body: [large, large] }],
      upstream: { headers: { "content-length": "0" } },
    },
    {
      name: "of a response is refused when it grows beyond the limit",
      wasm: holding,
      bufferLimit: 500,
      steps: [{}],
      upstream: { body: [large, large, "rest"] },
    },
    {
      name: "of a response breaks off when its headers have gone",
      wasm: holdingBodies,
      bufferLimit: 500,
      steps: [{}],
      upstream: { body: [large, large, "rest"] },
    },
  ],
};
