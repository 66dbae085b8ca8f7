import { grpc } from "@asmfilter/host/testing";
import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

type Template = readonly [parts: readonly string[], ...texts: string[]];
const template = (parts: readonly string[], ...texts: string[]): Template => [parts, ...texts];

/** Several templates, one after another. */
function joined(...templates: readonly Template[]): Template {
  const parts = [""];
  const texts: string[] = [];
  for (const [own, ...said] of templates) {
    const [first = "", ...more] = own;
    parts.push(`${parts.pop()}${first}`, ...more);
    texts.push(...said);
  }
  return [parts, ...texts];
}

const showing = template`
  (global $stream (mut i32) (i32.const 0))
  (func $status
    (call $report ${"get_status"} (call $get_status (i32.const 24) (i32.const 16) (i32.const 20)))
    (call $report ${"code"} (i32.load (i32.const 24))) (call $show ${"text"}))
  (func $resume
    (drop (call $set_effective_context (global.get $stream)))
    (drop (call $continue_stream (i32.const 0))))
  (func (export "proxy_on_grpc_receive_initial_metadata") (param i32 i32 i32)
    (call $report ${"initial metadata of"} (local.get 1)) (call $report ${"any"} (i32.ne (local.get 2) (i32.const 0)))
    (call $header (i32.const 4) ${"x-m"}) (call $header (i32.const 4) ${":status"})
    (call $report ${"its size"} (call $get_header_map_size (i32.const 4) (i32.const 24))))
  (func (export "proxy_on_grpc_receive") (param i32 i32 i32)
    (call $report ${"is root"} (i32.ne (local.get 0) (global.get $stream)))
    (call $report ${"message of"} (local.get 1)) (call $report ${"bytes"} (local.get 2)) (call $body (i32.const 5))
    (call $report ${"write"} (call $set_buffer_bytes (i32.const 5) (i32.const 0) (i32.const 1) ${"xyz"})) (call $body (i32.const 5))
    (call $header (i32.const 4) ${"x-m"}) (call $status)
    (if (i32.eq (i32.and (local.get 1) (i32.const 3)) (i32.const 1)) (then (call $resume))))
  (func (export "proxy_on_grpc_receive_trailing_metadata") (param i32 i32 i32)
    (call $report ${"trailing metadata of"} (local.get 1)) (call $report ${"any"} (i32.ne (local.get 2) (i32.const 0)))
    (call $header (i32.const 5) ${"x-t"}) (call $header (i32.const 5) ${"grpc-status"}) (call $status))
  (func (export "proxy_on_grpc_close") (param i32 i32 i32)
    (call $report ${"close of"} (local.get 1)) (call $report ${"status"} (local.get 2)) (call $status) (call $body (i32.const 5))
    (call $resume))
  (func (export "proxy_on_log") (param i32) (call $status) (call $say ${"log"}))`;

/** Calls `test.Echo/METHOD` of a cluster with a message, and holds the request until there is an answer. */
function calling(upstream: string, method: string, timeout = 1000): Uint8Array {
  return guest(
    ...joined(
      showing,
      template`
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (global.set $stream (local.get 0))
        (drop (call $get_header_map_pairs (i32.const 0) (i32.const 16) (i32.const 20)))
        (call $report ${"call"} (call $grpc_call ${upstream} ${"test.Echo"} ${method} ${"\x01\0\0\0\x03\0\0\0\x03\0\0\0x-q\0abc\0"} ${"question"}`,
      [[` (i32.const ${timeout}) (i32.const 24)))`]],
      template`
        (call $report ${"id"} (i32.load (i32.const 24)))
        (i32.const 1))`,
    ),
  );
}

/** Streams: opens one, and does what is said with its id, which is at 24. */
function streaming(upstream: string, method: string, ...then: readonly Template[]): Uint8Array {
  return guest(
    ...joined(
      showing,
      template`
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (global.set $stream (local.get 0))
        (call $report ${"stream"} (call $grpc_stream ${upstream} ${"test.Echo"} ${method} ${""} (i32.const 40)))
        (call $report ${"id"} (i32.load (i32.const 40)))`,
      ...then,
      template`(i32.const 1))`,
    ),
  );
}

const sending = (text: string, end: 0 | 1): Template =>
  joined(template`(call $report ${"send"} (call $grpc_send (i32.load (i32.const 40)) ${text}`, [
    [` (i32.const ${end})))`],
  ]);

const closing = template`(call $report ${"close"} (call $grpc_close (i32.load (i32.const 40))))`;
const cancelling = template`(call $report ${"cancel"} (call $grpc_cancel (i32.load (i32.const 40))))`;

/** GrpcService { envoy_grpc: { cluster_name } }. */
function service(cluster: string): string {
  const name = `\n${String.fromCharCode(cluster.length)}${cluster}`;
  return `\n${String.fromCharCode(name.length)}${name}`;
}

const server = grpc({
  "test.Echo/Answer": ({ message, metadata }) => ({
    message: `to ${new TextDecoder().decode(message)}: ${metadata.get("x-q")}`,
    metadata: { "x-m": "initial" },
    trailers: { "x-t": "trailing" },
  }),
  "test.Echo/Refuse": {
    status: 7, // Without blanks, which grpc-js encodes as well, and other servers do not.
    statusMessage: "refused:100%é",
  },
  "test.Echo/Fail": { status: 13, message: "half", metadata: { "x-m": "initial" }, trailers: { "x-t": "trailing" } },
  "test.Echo/Nothing": {},
  "test.Echo/Slow": { message: "late", delay: 600 },
  "test.Echo/Talk": {
    onOpen: (stream) => stream.sendMetadata({ "x-m": "initial" }),
    onMessage: (stream, message) => stream.send(`echo ${new TextDecoder().decode(message)}`),
    onEnd: (stream) => stream.close({ trailers: { "x-t": "trailing" } }),
  },
  "test.Echo/Push": {
    onOpen: (stream) => {
      stream.send("one");
      stream.after(100, () => stream.send("two"));
      stream.after(200, () => stream.close({ status: 8, statusMessage: "enough" }));
    },
  },
});

/** Breaks its connections, and so is nobody else's server. */
const resetting = () =>
  grpc({
    "test.Echo/Reset": { onOpen: (stream) => stream.reset() },
    "test.Echo/ResetLater": {
      onOpen: (stream) => {
        stream.sendMetadata({ "x-m": "initial" });
        stream.send("first");
        stream.after(100, () => stream.reset());
      },
    },
  });

export const grpcCalls: Subject = {
  title: "a gRPC call",
  scenarios: [
    {
      name: "is answered on the root, which resumes the stream",
      wasm: calling(service("echo"), "Answer"),
      steps: [{ path: "/p" }, { path: "/q" }],
      clusters: { echo: server },
    },
    {
      name: "may name its cluster alone",
      wasm: calling("echo", "Answer"),
      steps: [{ path: "/p" }],
      clusters: { echo: server },
    },
    {
      name: "is refused with a status and a text",
      wasm: calling(service("echo"), "Refuse"),
      steps: [{}],
      clusters: { echo: server },
    },
    {
      name: "fails after a message was sent",
      wasm: calling(service("echo"), "Fail"),
      steps: [{}],
      clusters: { echo: server },
    },
    {
      name: "is answered without a message",
      wasm: calling(service("echo"), "Nothing"),
      steps: [{}],
      clusters: { echo: server },
    },
    {
      name: "of a method that nobody has is refused",
      wasm: calling(service("echo"), "Missing"),
      steps: [{}],
      clusters: { echo: server },
    },
    {
      name: "takes too long",
      wasm: calling(service("idle"), "Slow", 300),
      steps: [{}],
      clusters: { idle: { delay: 900 } },
    },
    {
      name: "meets a server that breaks the connection",
      wasm: calling(service("breaking"), "Answer"),
      steps: [{}],
      clusters: { breaking: "reset" },
    },
    {
      name: "meets a server that breaks the stream",
      wasm: calling(service("resets-1"), "Reset"),
      steps: [{}],
      clusters: { "resets-1": resetting() },
    },
    {
      name: "to a cluster that is not there fails at once and is closed",
      wasm: calling(service("nowhere"), "Answer"),
      steps: [{}],
    },
    {
      name: "to a name that is neither a cluster nor a message is refused",
      wasm: guest`
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $report ${"call"} (call $grpc_call ${"nowhere"} ${"s"} ${"m"} ${""} ${"x"} (i32.const 100) (i32.const 24)))
          (call $report ${"stream"} (call $grpc_stream ${"nowhere"} ${"s"} ${"m"} ${""} (i32.const 24)))
          (call $report ${"send call"} (call $grpc_send (i32.const 5) ${"x"} (i32.const 0)))
          (call $report ${"send"} (call $grpc_send (i32.const 6) ${"x"} (i32.const 0)))
          (call $report ${"send http"} (call $grpc_send (i32.const 4) ${"x"} (i32.const 0)))
          (call $report ${"close call"} (call $grpc_close (i32.const 5)))
          (call $report ${"close"} (call $grpc_close (i32.const 6)))
          (call $report ${"close http"} (call $grpc_close (i32.const 4)))
          (call $report ${"cancel call"} (call $grpc_cancel (i32.const 5)))
          (call $report ${"cancel"} (call $grpc_cancel (i32.const 6)))
          (call $report ${"cancel other"} (call $grpc_cancel (i32.const 7)))
          (i32.const 0))`,
      steps: [{}],
    },
  ],
};

export const grpcStreams: Subject = {
  title: "a gRPC stream",
  scenarios: [
    {
      name: "answers each message, and ends when the filter does",
      wasm: streaming(service("echo"), "Talk", sending("a", 0), sending("b", 1)),
      steps: [{}],
      clusters: { echo: server },
    },
    {
      name: "is closed by the filter",
      wasm: streaming(service("echo"), "Talk", sending("a", 0), closing, closing),
      steps: [{}],
      clusters: { echo: server },
    },
    {
      name: "is closed by the server while the filter still listens",
      wasm: streaming(service("echo"), "Push"),
      steps: [{}],
      clusters: { echo: server },
    },
    {
      name: "is cancelled, and says nothing more",
      wasm: streaming(
        service("echo"),
        "Push",
        cancelling,
        cancelling,
        closing,
        template`(drop (call $continue_stream (i32.const 0)))`,
      ),
      steps: [{}, { wait: 400 }],
      clusters: { echo: server },
    },
    {
      name: "breaks off in the middle",
      wasm: streaming(service("resets-2"), "ResetLater"),
      steps: [{}],
      clusters: { "resets-2": resetting() },
    },
    {
      name: "breaks off before it begins",
      wasm: streaming(service("resets-3"), "Reset"),
      steps: [{}],
      clusters: { "resets-3": resetting() },
    },
    {
      name: "of a method that nobody has is refused",
      wasm: streaming(service("echo"), "Missing", closing),
      steps: [{}],
      clusters: { echo: server },
    },
    {
      name: "to a cluster that is not there fails at once and is closed",
      wasm: streaming(service("nowhere"), "Talk"),
      steps: [{}],
    },
  ],
};
