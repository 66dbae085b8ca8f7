import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

/** ContinueAndEndStream, which stops nothing. */
const endStream = 2;

/** Returns the actions given; a tick resumes the request after the one that stops it. */
function stopping(headersAction: number, bodyAction: number): Uint8Array {
  const remember = "(global.set $stream (local.get 0))";
  const parts = [
    `(global $stream (mut i32) (i32.const 0))
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (drop (call $set_tick_period_milliseconds (i32.const 100))) (i32.const 1))
    (func (export "proxy_on_tick") (param i32) (if (global.get $stream) (then
      (drop (call $set_effective_context (global.get $stream))) (global.set $stream (i32.const 0))
      (call $report `,
    ` (call $continue_stream (i32.const 0))))))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $report `,
    ` (local.get 2)) ${headersAction !== 0 && headersAction !== endStream ? remember : ""} (i32.const ${headersAction}))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (call $report `,
    " (local.get 1)) (call $report ",
    " (local.get 2)) (call $header (i32.const 0) ",
    `) (call $body (i32.const 0))
      ${bodyAction ? `(if (local.get 2) (then ${remember}))` : ""} (i32.const ${bodyAction}))
    (func (export "proxy_on_log") (param i32) (call $say `,
    "))",
  ];
  return guest(parts, "continue", "headers end", "body", "end", ":path", "log");
}

const body = "hello";

export const pausing: Subject = {
  title: "pausing",
  filters: `
    import { Action, Body, filter, Headers, HttpFilter, log, root, RootContext } from "@asmfilter/sdk";

    @filter("pausing-in-body")
    class InBody extends HttpFilter {
      onRequestBody(body: Body, endOfStream: bool): Action {
        log.info("request " + body.text() + " " + this.requestHeaders.getOr(":path", "none"));
        log.info(this.continueRequest().toString() + this.continueResponse().toString());
        return endOfStream ? Action.Continue : Action.Pause;
      }
      onResponseHeaders(headers: Headers, endOfStream: bool): Action {
        log.info(this.continueResponse().toString());
        return Action.Continue;
      }
      onResponseBody(body: Body, endOfStream: bool): Action {
        log.info("response " + body.text() + " " + this.responseHeaders.getOr(":status", "none"));
        // In itself it would crash Envoy; the SDK knows that nothing waits.
        log.info(this.continueResponse().toString());
        return endOfStream ? Action.Continue : Action.Pause;
      }
      onDone(): bool {
        log.info("done");
        return true;
      }
    }

    let waiting: Throughout | null = null;
    @filter("pausing-throughout")
    class Throughout extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        waiting = this;
        return Action.Pause;
      }
      onRequestBody(body: Body, endOfStream: bool): Action {
        log.info("request " + body.text() + (endOfStream ? " end" : ""));
        return endOfStream ? Action.Continue : Action.Pause;
      }
      onRequestTrailers(trailers: Headers): Action {
        log.info("trailers");
        return Action.Continue;
      }
    }
    @root("pausing-throughout")
    class Resuming extends RootContext {
      onConfigure(): bool {
        this.setTickPeriod(100);
        return true;
      }
      onTick(): void {
        const stream = waiting;
        if (stream === null) return;
        waiting = null;
        stream.makeEffective();
        log.info(stream.continueRequest().toString());
      }
    }
  `,
  scenarios: [
    { name: "in the headers holds the body's callbacks as well", wasm: stopping(1, 0), steps: [{ body }] },
    { name: "in the headers of a request without a body", wasm: stopping(1, 0), steps: [{}] },
    { name: "in the headers, ending the stream", wasm: stopping(endStream, 0), steps: [{ body }] },
    { name: "in the headers with StopAllIterationAndBuffer", wasm: stopping(3, 0), steps: [{ body }] },
    { name: "in the headers with an action that nobody knows", wasm: stopping(9, 0), steps: [{ body }] },
    { name: "in the body", wasm: stopping(0, 1), steps: [{ body }] },
    { name: "in the body piece by piece", wasm: stopping(0, 1), steps: [{ body: ["one", "two", "three"] }] },
    { name: "in the body with a watermark", wasm: stopping(0, 2), steps: [{ body }] },
    { name: "in headers and body", wasm: stopping(1, 1), steps: [{ body }] },
    {
      name: "in headers and body, with trailers, loses the body",
      wasm: stopping(1, 1),
      steps: [{ body: ["hello"], trailers: { "x-t": "1" } }],
    },
    {
      name: "in headers and body, with trailers, loses nothing with the SDK",
      rootID: "pausing-throughout",
      steps: [{ body: ["hello"], trailers: { "x-t": "1" } }],
    },
    {
      name: "both bodies until they have ended",
      rootID: "pausing-in-body",
      steps: [{ body }],
      upstream: { body: ["one", "two"] },
    },
    {
      name: "is undone by continuing in the callback itself",
      wasm: guest`
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $report ${"continue"} (call $continue_stream (i32.const 0))) (i32.const 0))
        (func (export "proxy_on_log") (param i32) (call $say ${"log"}))`,
      steps: [{}],
    },
    {
      name: "for ever, and the filter closes the stream",
      wasm: guest`
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $report ${"close"} (call $close_stream (i32.const 0))) (i32.const 1))
        (func (export "proxy_on_log") (param i32) (call $say ${"log"}) (call $header (i32.const 2) ${":status"}))`,
      steps: [{}],
    },
    {
      name: "the response, which the filter then closes",
      wasm: guest`
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
          (call $report ${"close"} (call $close_stream (i32.const 1))) (i32.const 1))
        (func (export "proxy_on_log") (param i32) (call $say ${"log"}) (call $header (i32.const 2) ${":status"}))`,
      steps: [{}],
    },
  ],
};
