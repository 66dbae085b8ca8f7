import { guest } from "../../../host/test/guest.ts";
import { lengthOfNothing } from "../same-answer/accidents.ts";
import type { Subject } from "./subject.ts";

const callbacks = guest`
  (func (export "_initialize") (call $say ${"initialize"}))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (call $say ${"vm start"}) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (call $report ${"configure"} (local.get 1)) (i32.const 1))
  (func (export "proxy_on_context_create") (param i32 i32)
    (if (local.get 1) (then (call $report ${"create stream"} (local.get 0))) (else (call $say ${"create root"}))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $report ${"request headers end"} (local.get 2)) (i32.const 0))
  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (call $report ${"request body"} (local.get 1)) (call $report ${"end"} (local.get 2)) (i32.const 0))
  (func (export "proxy_on_request_trailers") (param i32 i32) (result i32)
    (call $report ${"request trailers"} (local.get 1)) (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (call $report ${"response headers end"} (local.get 2)) (i32.const 0))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (call $report ${"response body"} (local.get 1)) (call $report ${"end"} (local.get 2)) (i32.const 0))
  (func (export "proxy_on_response_trailers") (param i32 i32) (result i32)
    (call $report ${"response trailers"} (local.get 1)) (i32.const 0))
  (func (export "proxy_on_log") (param i32) (call $say ${"log"}))
  (func (export "proxy_on_done") (param i32) (result i32) (call $say ${"done"}) (i32.const 1))
  (func (export "proxy_on_delete") (param i32) (call $say ${"delete"}))`;

export const lifecycle: Subject = {
  title: "callbacks",
  filters: `
    import { Action, Body, filter, Headers, HttpFilter, log, respond, root, RootContext } from "@asmfilter/sdk";

    @root("lifecycle")
    class Root extends RootContext {
      onStart(): bool {
        log.info("start");
        return true;
      }
      onConfigure(): bool {
        log.info("configure");
        return true;
      }
    }

    @filter("lifecycle")
    class Lifecycle extends HttpFilter {
      private headers: string = "";
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        this.headers = headers.getOr(":path", "none");
        log.info("request headers " + this.headers + " " + endOfStream.toString());
        return headers.has("x-deny") ? respond(403) : Action.Continue;
      }
      onRequestBody(body: Body, endOfStream: bool): Action {
        log.info("request body " + body.text() + " " + endOfStream.toString());
        return Action.Continue;
      }
      onResponseHeaders(headers: Headers, endOfStream: bool): Action {
        log.info("response headers of " + this.headers + " " + endOfStream.toString());
        return Action.Continue;
      }
      onResponseBody(body: Body, endOfStream: bool): Action {
        log.info("response body " + body.text() + " " + endOfStream.toString());
        return Action.Continue;
      }
      onLog(): void {
        log.info("log " + this.headers + " " + this.requestHeaders.getOr(":path", "none"));
      }
      onDone(): bool {
        log.info("done " + this.requestHeaders.getOr(":path", "none"));
        return true;
      }
      onDelete(): void {
        log.info("delete " + this.headers);
      }
    }
  `,
  scenarios: [
    { name: "come in order", wasm: callbacks, config: "1234567", steps: [{}, {}] },
    {
      name: "come in order with bodies",
      wasm: callbacks,
      steps: [{ body: "hello" }],
      upstream: { body: ["one", "two"] },
    },
    {
      name: "come in order with trailers",
      wasm: callbacks,
      steps: [{ body: ["one"], trailers: { "x-a": "1" } }],
      upstream: { body: ["one"], trailers: { "x-b": "1", "x-c": "2" } },
    },
    {
      name: "of the SDK come in order, also for answers of its own",
      rootID: "lifecycle",
      steps: [
        { path: "/first", body: "hello" },
        { path: "/second", headers: { "x-deny": "" } },
      ],
      upstream: { headers: { "content-length": "0" } },
      accident: lengthOfNothing,
    },
  ],
};
