import { guest } from "../../../host/test/guest.ts";
import { all, lengthOfNothing, notYetConnected } from "../same-answer/accidents.ts";
import type { Accident, Scenario } from "../same-answer/scenario.ts";
import type { Subject } from "./subject.ts";

/** Traps in the callback of a stream, having logged that it will; callbacks for headers are there in any case. */
function trapping(callback: string, parameters: string, result = "(result i32)"): Uint8Array {
  const others = ["proxy_on_request_headers", "proxy_on_response_headers"]
    .filter((name) => name !== callback)
    .map((name) => `(func (export "${name}") (param i32 i32 i32) (result i32) (i32.const 0))`);
  // Roots are created as well.
  const guard = callback === "proxy_on_context_create" ? "(if (i32.eqz (local.get 1)) (then (return)))" : "";
  return guest(
    [
      `(func (export "${callback}") (param ${parameters}) ${result} ${guard} (call $say `,
      `) unreachable) ${others.join("\n")}`,
    ],
    "before",
  );
}

const twice = [{ body: "hello" }, { body: "hello" }];

function inCallback(callback: string, parameters: string, result?: string, accident?: Accident): Scenario {
  return {
    name: `in ${callback} fails all streams from then on`,
    wasm: trapping(callback, parameters, result),
    traps: true,
    steps: twice,
    upstream: { headers: { "x-r": "r" }, body: "the body" },
    ...(accident && { accident }),
  };
}

export const traps: Subject = {
  title: "a trap",
  filters: `
    import { Action, filter, Headers, HttpFilter, log } from "@asmfilter/sdk";

    @filter("traps-assert")
    class Assert extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        log.info("before");
        assert(headers.has("x-there"), "x-there is missing");
        return Action.Continue;
      }
      onResponseHeaders(headers: Headers, endOfStream: bool): Action {
        log.info("response");
        return Action.Continue;
      }
      onLog(): void {
        log.info("log");
      }
    }
  `,
  scenarios: [
    inCallback("proxy_on_context_create", "i32 i32", "", lengthOfNothing),
    inCallback("proxy_on_request_headers", "i32 i32 i32", undefined, lengthOfNothing),
    inCallback("proxy_on_request_body", "i32 i32 i32", undefined, all(lengthOfNothing, notYetConnected)),
    inCallback("proxy_on_response_headers", "i32 i32 i32", undefined, lengthOfNothing),
    inCallback("proxy_on_response_body", "i32 i32 i32", undefined, lengthOfNothing),
    inCallback("proxy_on_log", "i32", "", lengthOfNothing),
    {
      name: "by a failed assertion says where",
      rootID: "traps-assert",
      traps: true,
      steps: [{ headers: { "x-there": "" } }, {}, { headers: { "x-there": "" } }],
      accident: lengthOfNothing,
    },
    {
      name: "lets streams pass the filter by with FailOpen",
      rootID: "traps-assert",
      failurePolicy: "FailOpen",
      traps: true,
      steps: [{ headers: { "x-there": "" } }, { body: "hello" }, { headers: { "x-there": "" } }],
      upstream: { body: "the body" },
    },
    {
      // Envoy waits 1 to 1.5 seconds, by chance, the host always 1.
      name: "is healed after a while with FailReload",
      rootID: "traps-assert",
      failurePolicy: "FailReload",
      traps: true,
      steps: [{ wait: 1700 }, {}, { headers: { "x-there": "" } }, {}, { wait: 1700 }, { headers: { "x-there": "" } }],
      accident: lengthOfNothing,
    },
  ],
};
