import { guest } from "../../../host/test/guest.ts";
import { lengthOfNothing, nameBeyondASCII, withAnswers } from "../same-answer/accidents.ts";
import type { Subject } from "./subject.ts";

/** Headers that Envoy keeps in a slot of its own somewhere, and some that it does not. */
const wellKnown = (
  "accept accept-encoding accept-language access-control-allow-origin access-control-request-headers " +
  "access-control-request-method age authorization cache-control client-trace-id content-encoding content-type cookie " +
  "etag grpc-accept-encoding grpc-message grpc-status grpc-timeout if-match if-modified-since if-none-match if-range " +
  "last-modified location origin pragma proxy-status range referer set-cookie traceparent user-agent vary via " +
  "www-authenticate x-b3-traceid x-custom x-envoy-decorator-operation x-envoy-original-path x-forwarded-for " +
  "x-forwarded-host x-forwarded-port x-ot-span-context"
).split(" ");

/** Adds two values to each well-known name. */
function addsTwice(callback: string, map: number): Uint8Array {
  const calls = wellKnown.flatMap((name) => [name, "1", name, "2"]);
  const parts = calls.map((_, i) => (i % 2 === 0 ? `(drop (call $add_header_map_value (i32.const ${map}) ` : " "));
  for (let i = 2; i < parts.length; i += 2) parts[i] = `))\n${parts[i]}`;
  parts[0] = `(func (export "${callback}") (param i32 i32 i32) (result i32) ${parts[0]}`;
  return guest([...parts, ")) (i32.const 0))"], ...calls);
}

const filters = `
  import { Action, filter, Headers, HttpFilter, log } from "@asmfilter/sdk";

  @filter("headers-read")
  class Read extends HttpFilter {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      const names = ["x-one", "x-many", "x-empty", "x-missing", "X-One", "x-utf8", ":path", ":authority", "host"];
      for (let i = 0; i < names.length; i++) {
        const value = headers.get(names[i]);
        log.info(names[i] + (value === null ? " is missing" : "=" + value) + (headers.has(names[i]) ? ", there" : "")
          + ", all: " + headers.getAll(names[i]).join("|") + ", or: " + headers.getOr(names[i], "nothing"));
      }
      const bytes = headers.getBytes("x-utf8");
      log.info(bytes === null ? "none" : bytes.toString());
      const entries = headers.entries();
      for (let i = 0; i < entries.length; i++) log.info(entries[i].join(": "));
      return Action.Continue;
    }
  }

  function write(headers: Headers): void {
    log.info([
      headers.set("x-new", "n"), headers.set("x-one", "changed"), headers.set("x-many", "only"), headers.set("X-Upper", "u"),
      headers.set("x-empty", ""), headers.set("content-type", "text/new"), headers.set("x-utf8", "Grüße ☃ 😀"), headers.set("x-long", "0123456789".repeat(600)),
      headers.add("x-one", "more"), headers.add("x-added", "1"), headers.add("x-added", "2"), headers.add("vary", "a"),
      headers.add("vary", "b"), headers.remove("x-gone"), headers.remove("x-missing"), headers.remove("X-Gone-Too"),
    ].toString());
    const entries = headers.entries();
    for (let i = 0; i < entries.length; i++) log.info(entries[i][0] + ": " + entries[i][1].substring(0, 20));
  }

  @filter("headers-write")
  class Write extends HttpFilter {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      write(headers);
      headers.set(":path", "/rewritten?a=b");
      headers.set(":authority", "other.example.com");
      headers.set(":method", "DELETE");
      return Action.Continue;
    }
    onResponseHeaders(headers: Headers, endOfStream: bool): Action {
      write(headers);
      headers.set(":status", "202");
      log.info(this.requestHeaders.getOr(":path", "the request's headers have gone on"));
      return Action.Continue;
    }
    onLog(): void {
      log.info(this.requestHeaders.getOr(":path", "none") + " " + this.responseHeaders.getOr(":status", "none"));
    }
  }

  @filter("headers-other-map")
  class OtherMap extends HttpFilter {
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      const response = this.responseHeaders;
      log.info((response.get("x") === null).toString() + response.set("x", "1").toString()
        + response.entries().length.toString());
      return Action.Continue;
    }
  }

  @filter("headers-bad-name")
  class BadName extends HttpFilter {
    onResponseHeaders(headers: Headers, endOfStream: bool): Action {
      headers.set("x-é", "1");
      return Action.Continue;
    }
  }

  @filter("headers-line-break")
  class LineBreak extends HttpFilter {
    onResponseHeaders(headers: Headers, endOfStream: bool): Action {
      headers.set("x-broken", "1\\r\\nx-smuggled: 2");
      return Action.Continue;
    }
  }
`;

const given = {
  "content-type": "text/old",
  "x-one": "1",
  "x-many": ["a", "b", ""],
  "x-empty": "",
  "x-utf8": "Grüße ☃",
  "x-gone": ["1", "2"],
};

export const headers: Subject = {
  title: "headers",
  filters,
  scenarios: [
    {
      name: "of a request are read: one, several, empty, missing, in other case, beyond ASCII, all",
      rootID: "headers-read",
      steps: [{ path: "/p?q", headers: given }],
    },
    {
      name: "of both directions are set, added to and removed",
      rootID: "headers-write",
      steps: [{ path: "/p?q", headers: { ...given, "x-gone-too": "1" } }],
      upstream: { headers: { ...given, "x-gone-too": "1", "content-length": "0" } },
    },
    { name: "of the response are not there in the request", rootID: "headers-other-map", steps: [{}] },
    { name: "with a name beyond ASCII", rootID: "headers-bad-name", steps: [{}], accident: nameBeyondASCII },
    {
      name: "with a line break in the value",
      rootID: "headers-line-break",
      steps: [{}],
      accident: {
        reason: "Envoy writes the line break as it is, so the client reads two headers",
        inEnvoy: (inHost) =>
          withAnswers(inHost, (answer) => ({
            ...answer,
            headers: answer.headers.flatMap((line) => line.split("\r\n")),
          })),
      },
    },
    {
      name: "of a request that Envoy keeps one entry of are appended to",
      wasm: addsTwice("proxy_on_request_headers", 0),
      steps: [{}],
    },
    {
      name: "of a response that Envoy keeps one entry of are appended to",
      wasm: addsTwice("proxy_on_response_headers", 2),
      steps: [{}],
    },
    {
      name: "give the statuses of the ABI",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $report ${"count"} (local.get 1))
        (call $header (i32.const 0) ${"host"}) (call $header (i32.const 0) ${":authority"})
        (drop (call $add_header_map_value (i32.const 0) ${"x-multi"} ${"1"}))
        (drop (call $add_header_map_value (i32.const 0) ${"x-between"} ${"b"}))
        (drop (call $add_header_map_value (i32.const 0) ${"x-multi"} ${"2"}))
        (call $header (i32.const 0) ${"x-multi"})
        (drop (call $replace_header_map_value (i32.const 0) ${"x-multi"} ${"new"}))
        (drop (call $replace_header_map_value (i32.const 0) ${"x-empty"} ${""}))
        (call $header (i32.const 0) ${"x-empty"}) (call $header (i32.const 0) ${"x-missing"}) (call $header (i32.const 0) ${"X-UPPER"})
        (call $report ${"no such map"} (call $add_header_map_value (i32.const 8) ${"a"} ${"v"}))
        (call $report ${"not in memory"} (call $add_header_map_value (i32.const 0) (i32.const -4) (i32.const 8) ${"v"}))
        (i32.const 0))`,
      steps: [{ headers: { "x-upper": "u" } }],
    },
    {
      name: "of a response are put in place of all",
      wasm: guest`
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
          (call $report ${"set"} (call $set_header_map_pairs (i32.const 2) (i32.const 3000) (i32.const 39)))
          (call $header (i32.const 2) ${"x-a"}) (call $header (i32.const 2) ${":status"})
          (call $report ${"not in memory"} (call $set_header_map_pairs (i32.const 2) (i32.const -4) (i32.const 38)))
          (i32.const 0))
        (data (i32.const 3000) "\\02\\00\\00\\00\\07\\00\\00\\00\\03\\00\\00\\00\\03\\00\\00\\00\\02\\00\\00\\00:status\\00201\\00X-A\\00vv\\00")`,
      steps: [{}],
      accident: lengthOfNothing,
    },
  ],
};
