import { guest } from "../../../host/test/guest.ts";
import { lengthOfNothing, nameBeyondASCII, notYetConnected } from "../same-answer/accidents.ts";
import type { Subject } from "./subject.ts";

const filters = `
  import { Action, Body, filter, Headers, HttpFilter, log, respond, sendLocalResponse } from "@asmfilter/sdk";

  class Answering extends HttpFilter {
    onResponseHeaders(headers: Headers, endOfStream: bool): Action {
      const entries = headers.entries();
      for (let i = 0; i < entries.length; i++) log.info(entries[i].join(": "));
      headers.set("x-seen", endOfStream ? "end" : "more");
      return Action.Continue;
    }
    onResponseBody(body: Body, endOfStream: bool): Action {
      log.info("response body " + body.text() + (endOfStream ? " end" : ""));
      return Action.Continue;
    }
    onLog(): void {
      log.info("log " + this.requestHeaders.getOr(":path", "none") + " " + this.responseHeaders.getOr(":status", "none"));
    }
  }

  @filter("local-request")
  class FromRequest extends Answering {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      return respond(403, "nön ☃", [["x-why", "é"], ["x-two", "1"], ["x-two", "2"], ["x-none", ""], ["X-Upper", "u"]]);
    }
    onRequestBody(body: Body, endOfStream: bool): Action {
      log.info("never");
      return Action.Continue;
    }
  }

  @filter("local-request-continue")
  class AndContinue extends Answering {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      log.info(sendLocalResponse(204).toString());
      return Action.Continue;
    }
  }

  @filter("local-content-type")
  class ContentType extends Answering {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      return respond(302, "<a>", [["content-type", "text/html"], ["location", "/there"], ["content-length", "77"]]);
    }
  }

  @filter("local-no-body")
  class NoBody extends Answering {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      return respond(401);
    }
  }

  @filter("local-bad-name")
  class BadName extends HttpFilter {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      return respond(403, "no", [["x-é", "1"]]);
    }
  }

  @filter("local-request-body")
  class FromRequestBody extends Answering {
    onRequestBody(body: Body, endOfStream: bool): Action {
      return endOfStream ? respond(413, body.text()) : Action.Pause;
    }
  }

  @filter("local-response")
  class FromResponse extends HttpFilter {
    onResponseHeaders(headers: Headers, endOfStream: bool): Action {
      log.info("response " + headers.getOr(":status", "none"));
      return respond(502, "not good", [["x-local", "1"]]);
    }
    onResponseBody(body: Body, endOfStream: bool): Action {
      log.info("response body " + body.text());
      return Action.Continue;
    }
    onLog(): void {
      log.info("log " + this.responseHeaders.getOr(":status", "none"));
    }
  }

  @filter("local-response-body")
  class FromResponseBody extends HttpFilter {
    onResponseBody(body: Body, endOfStream: bool): Action {
      log.info("response body " + body.text());
      return respond(502, "too late");
    }
    onLog(): void {
      log.info("log " + this.responseHeaders.getOr(":status", "none"));
    }
  }
`;

export const localResponses: Subject = {
  title: "local responses",
  filters,
  scenarios: [
    {
      name: "to the request's headers pass the filter's own response callbacks",
      rootID: "local-request",
      steps: [{ path: "/p", body: "hello" }],
    },
    {
      name: "override the action that is returned",
      rootID: "local-request-continue",
      steps: [{}],
    },
    { name: "keep their content-type, not their content-length", rootID: "local-content-type", steps: [{}] },
    { name: "may be empty", rootID: "local-no-body", steps: [{}], accident: lengthOfNothing },
    { name: "with a header name beyond ASCII", rootID: "local-bad-name", steps: [{}], accident: nameBeyondASCII },
    {
      name: "to the request's body",
      rootID: "local-request-body",
      steps: [{ body: "hello" }],
      accident: notYetConnected,
    },
    {
      name: "to the response's headers replace them past the filter",
      rootID: "local-response",
      steps: [{}],
      upstream: { body: "the body", headers: { "x-r": "r" } },
    },
    {
      name: "to the response's body break it off",
      rootID: "local-response-body",
      steps: [{}],
      upstream: { body: "the body", headers: { "x-r": "r" } },
    },
    {
      name: "while the response is held replace it",
      wasm: guest`
        (global $stream (mut i32) (i32.const 0))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
          (call $say ${"headers"}) (global.set $stream (local.get 0)) (i32.const 1))
        (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (call $say ${"body"}) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $set_tick_period_milliseconds (i32.const 100))) (i32.const 1))
        (func (export "proxy_on_tick") (param i32)
          (if (global.get $stream) (then
            (drop (call $set_effective_context (global.get $stream)))
            (global.set $stream (i32.const 0))
            (call $report ${"send"} (call $send_local_response (i32.const 500) ${"x"} ${"late"} ${""} (i32.const -1))))))
        (func (export "proxy_on_log") (param i32) (call $say ${"log"}))`,
      steps: [{}],
      upstream: { body: "the body", headers: { "x-r": "r" } },
    },
    {
      name: "to a gRPC request carry its status in headers",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $report ${"send"} (call $send_local_response (i32.const 403) ${"my details"} ${"no é%"} ${""} (i32.const 14)))
        (i32.const 0))`,
      steps: [{ headers: { "content-type": "application/grpc" }, body: "x" }],
      accident: lengthOfNothing,
    },
    {
      name: "to a gRPC request translate the status",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $send_local_response (i32.const 429) ${""} ${""} ${""} (i32.const -1))) (i32.const 0))`,
      steps: [{ headers: { "content-type": "application/grpc+proto" }, body: "x" }],
      accident: lengthOfNothing,
    },
    {
      name: "are sent once, with the first status",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $report ${"send"} (call $send_local_response (i32.const 599) ${""} ${""} ${""} (i32.const 17)))
        (call $report ${"again"} (call $send_local_response (i32.const 404) ${""} ${"second"} ${""} (i32.const -1)))
        (call $say ${"after"}) (i32.const 0))`,
      steps: [{}],
      accident: lengthOfNothing,
    },
    {
      name: "are refused where they are not in memory",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $report ${"send"} (call $send_local_response (i32.const 403) (i32.const -4) (i32.const 8) ${""} ${""} (i32.const -1)))
        (i32.const 0))`,
      steps: [{}],
    },
  ],
};
