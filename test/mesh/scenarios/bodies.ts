import { guest } from "../../../host/test/guest.ts";
import { unreadable, withAnswers } from "../same-answer/accidents.ts";
import type { Subject } from "./subject.ts";

const filters = `
  import { Action, Body, filter, Headers, HttpFilter, log } from "@asmfilter/sdk";

  @filter("bodies-read")
  class Read extends HttpFilter {
    onRequestBody(body: Body, endOfStream: bool): Action {
      log.info("request " + body.length.toString() + " " + body.text() + (endOfStream ? " end" : ""));
      return Action.Continue;
    }
    onResponseBody(body: Body, endOfStream: bool): Action {
      log.info("response " + body.length.toString() + " " + body.bytes(1, 3).toString() + (endOfStream ? " end" : ""));
      return Action.Continue;
    }
  }

  @filter("bodies-collect")
  class Collect extends HttpFilter {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      headers.remove("content-length");
      return Action.Continue;
    }
    onRequestBody(body: Body, endOfStream: bool): Action {
      log.info("request " + body.text() + (endOfStream ? " end" : ""));
      if (!endOfStream) return Action.Pause;
      log.info(body.replace("[" + body.text().toUpperCase() + "]").toString());
      log.info(body.append("ü" + body.length.toString()).toString());
      log.info(body.prepend(Uint8Array.wrap(String.UTF8.encode("☃"))).toString());
      log.info(body.text());
      return Action.Continue;
    }
    onResponseHeaders(headers: Headers, endOfStream: bool): Action {
      headers.remove("content-length");
      return Action.Continue;
    }
    onResponseBody(body: Body, endOfStream: bool): Action {
      log.info("response " + body.text() + (endOfStream ? " end" : ""));
      if (!endOfStream) return Action.Pause;
      log.info(body.replace("").toString());
      log.info(body.text() + "|" + body.length.toString());
      log.info(body.append("replaced by the filter").toString());
      return Action.Continue;
    }
  }

  @filter("bodies-append")
  class Append extends HttpFilter {
    onResponseHeaders(headers: Headers, endOfStream: bool): Action {
      headers.remove("content-length");
      return Action.Continue;
    }
    onResponseBody(body: Body, endOfStream: bool): Action {
      body.append(endOfStream ? "." : ",");
      return Action.Continue;
    }
  }

  @filter("bodies-longer")
  class Longer extends HttpFilter {
    onResponseBody(body: Body, endOfStream: bool): Action {
      if (body.length) body.replace("something much longer");
      return Action.Continue;
    }
  }

  @filter("bodies-shorter")
  class Shorter extends HttpFilter {
    onResponseBody(body: Body, endOfStream: bool): Action {
      if (body.length) body.replace("s");
      return Action.Continue;
    }
  }

  @filter("bodies-longer-request")
  class LongerRequest extends HttpFilter {
    onRequestBody(body: Body, endOfStream: bool): Action {
      if (body.length) body.replace("something much longer");
      return Action.Continue;
    }
  }

  @filter("bodies-empty")
  class Empty extends HttpFilter {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      headers.remove("content-length");
      return Action.Continue;
    }
    onRequestBody(body: Body, endOfStream: bool): Action {
      body.replace("");
      return Action.Continue;
    }
  }

  @filter("bodies-trailers")
  class Trailers extends HttpFilter {
    onRequestTrailers(trailers: Headers): Action {
      log.info("request " + trailers.entries().join("|"));
      trailers.set("x-trailer", "changed");
      trailers.add("x-added", "é");
      return Action.Continue;
    }
    onResponseBody(body: Body, endOfStream: bool): Action {
      log.info(endOfStream ? "end" : "more");
      return Action.Continue;
    }
    onResponseTrailers(trailers: Headers): Action {
      log.info("response " + trailers.entries().join("|"));
      trailers.remove("x-trailer");
      return Action.Continue;
    }
  }
`;

const text = { body: "the body", headers: { "x-r": "r" } };
const pieces = { body: ["one", "two"], headers: { "x-r": "r" } };

export const bodies: Subject = {
  title: "bodies",
  filters,
  scenarios: [
    { name: "are read whole", rootID: "bodies-read", steps: [{ body: "hello" }], upstream: text },
    { name: "are read piece by piece", rootID: "bodies-read", steps: [{ body: ["one", "zwölf"] }], upstream: pieces },
    {
      name: "are collected, replaced and added to",
      rootID: "bodies-collect",
      steps: [{ body: "hello" }],
      upstream: text,
    },
    {
      name: "are collected from pieces, replaced and added to",
      rootID: "bodies-collect",
      steps: [{ body: ["one", "two", "three"] }],
      upstream: pieces,
    },
    { name: "grow piece by piece", rootID: "bodies-append", steps: [{}], upstream: pieces },
    { name: "of a request may be emptied", rootID: "bodies-empty", steps: [{ body: "hello" }] },
    {
      name: "of a response are cut off at an old content-length",
      rootID: "bodies-longer",
      steps: [{}],
      upstream: text,
      accident: unreadable("Envoy sends what is behind the length as well"),
    },
    { name: "of a response are short of an old content-length", rootID: "bodies-shorter", steps: [{}], upstream: text },
    {
      name: "of a request are cut off at an old content-length",
      rootID: "bodies-longer-request",
      steps: [{ body: "hello" }],
      accident: {
        reason: "the upstream takes the rest for another request, and its answer to that, 400, comes first",
        inEnvoy: (inHost) => withAnswers(inHost, (answer) => ({ ...answer, status: 400, headers: [] })),
      },
    },
    {
      name: "are followed by trailers",
      rootID: "bodies-trailers",
      steps: [{ body: ["one"], trailers: { "x-trailer": "1" } }],
      upstream: { body: ["one"], trailers: { "x-trailer": "1", "x-kept": "2" } },
    },
    {
      name: "get trailers from the last body callback",
      wasm: guest`
        (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
          (call $report ${"end"} (local.get 2))
          (call $report ${"add"} (call $add_header_map_value (i32.const 3) ${"x-trailer"} ${"t"})) (i32.const 0))
        (func (export "proxy_on_response_trailers") (param i32 i32) (result i32) (call $say ${"trailers"}) (i32.const 0))`,
      steps: [{}],
      upstream: pieces,
    },
    {
      name: "are set at all edges",
      wasm: guest`
        (func $set (param i32 i32)
          (call $report ${"set"} (call $set_buffer_bytes (i32.const 0) (local.get 0) (local.get 1) ${"XY"}))
          (call $body (i32.const 0)))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (call $remove_header_map_value (i32.const 0) ${"content-length"})) (i32.const 0))
        (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
          (call $report ${"n"} (local.get 1)) (call $report ${"end"} (local.get 2))
          (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
          (call $body (i32.const 0))
          (call $set (i32.const 0) (i32.const 0)) (call $set (i32.const 0) (i32.const 1))
          (call $set (i32.const 3) (i32.const 1)) (call $set (i32.const 8) (i32.const 1))
          (call $set (i32.const 100) (i32.const 5)) (call $set (i32.const 0) (i32.const 3))
          (call $set (i32.const -1) (i32.const -1)) (call $set (i32.const 0) (i32.const -1))
          (call $report ${"beyond"} (call $get_buffer_bytes (i32.const 0) (i32.const 50) (i32.const 1) (i32.const 16) (i32.const 20)))
          (call $report ${"part"} (call $get_buffer_bytes (i32.const 0) (i32.const 1) (i32.const 50) (i32.const 16) (i32.const 20)))
          (call $show ${"part"})
          (i32.const 0))`,
      steps: [{ body: "hello" }],
    },
  ],
};
