import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { type GrpcStreamScript, grpc, load } from "../testing/index.ts";

const callbacks = [
  `(global $stream (mut i32) (i32.const 0))
  (func $resume
    (drop (call $set_effective_context (global.get $stream)))
    (drop (call $continue_stream (i32.const 0))))
  (func (export "proxy_on_grpc_receive_initial_metadata") (param i32 i32 i32) (call $header (i32.const 4) `,
  `))
  (func (export "proxy_on_grpc_receive") (param i32 i32 i32) (call $body (i32.const 5))
    (if (i32.eq (i32.and (local.get 1) (i32.const 3)) (i32.const 1)) (then (call $resume))))
  (func (export "proxy_on_grpc_receive_trailing_metadata") (param i32 i32 i32) (call $header (i32.const 5) `,
  `))
  (func (export "proxy_on_grpc_close") (param i32 i32 i32)
    (call $report `,
  ` (local.get 2)) (drop (call $get_status (i32.const 24) (i32.const 16) (i32.const 20))) (call $show `,
  `) (call $resume))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (global.set $stream (local.get 0)) `,
] as const;
const texts = ["x-m", "x-t", "status", "text"];

/** Calls `test.Echo/Ask` of the cluster `echo` with `question`. */
const asking = guest(
  [
    ...callbacks.slice(0, -1),
    `${callbacks.at(-1)} (call $report `,
    " (call $grpc_call ",
    " ",
    " ",
    " ",
    " ",
    " (i32.const 200) (i32.const 24))) (i32.const 1))",
  ],
  ...[...texts, "call", "\n\x06\n\x04echo", "test.Echo", "Ask", "\x01\0\0\0\x03\0\0\0\x01\0\0\0x-q\0a\0", "question"],
);

/** Streams `a` to `test.Echo/Talk`, and ends. */
const talking = guest(
  [
    ...callbacks.slice(0, -1),
    `${callbacks.at(-1)} (call $report `,
    " (call $grpc_stream ",
    " ",
    " ",
    " ",
    " (i32.const 24))) (call $report ",
    " (call $grpc_send (i32.load (i32.const 24)) ",
    " (i32.const 1))) (i32.const 1))",
  ],
  ...[...texts, "stream", "\n\x06\n\x04echo", "test.Echo", "Talk", "", "send", "a"],
);

test("a call is answered with the message alone, and the script sees what was sent", async () => {
  const filter = await load(asking, {
    clusters: {
      echo: grpc({
        "test.Echo/Ask": ({ method, metadata, message }) => {
          expect([method, metadata.entries(), Buffer.from(message).toString()]).toEqual([
            "test.Echo/Ask",
            [["x-q", "a"]],
            "question",
          ]);
          return { message: "answer", metadata: { "x-m": "1" }, trailers: { "x-t": "2" } };
        },
      }),
    },
  });
  expect((await filter.request()).status).toBe(200);
  expect(messages(filter.logs)).toEqual(["call=0", "body:answer"]);
});

test.each([
  {
    title: "a status",
    reply: { status: 7, statusMessage: "no: 5%" },
    said: ["status=7", "text:no: 5%25{via_upstream}"],
  },
  { title: "no message", reply: {}, said: ["status=13", "text:"] },
  {
    title: "a broken connection",
    reply: "reset" as const,
    said: [
      "status=14",
      "text:upstream connect error or disconnect/reset before headers. reset reason: connection termination{upstream_reset_before_response_started{connection_termination}}",
    ],
  },
])("a call that gets $title is closed", async ({ reply, said }) => {
  const filter = await load(asking, { clusters: { echo: grpc({ "test.Echo/Ask": reply }) } });
  await filter.request();
  expect(messages(filter.logs)).toEqual(["call=0", ...said]);
});

test("a call that takes too long is closed when its time is up", async () => {
  const filter = await load(asking, { clusters: { echo: grpc({ "test.Echo/Ask": { message: "late", delay: 201 } }) } });
  const reply = filter.request();
  await filter.advance(199);
  expect(messages(filter.logs)).toEqual(["call=0"]);
  await filter.advance(1);
  await reply;
  expect(messages(filter.logs).slice(1)).toEqual(["status=14", "text:upstream request timeout{response_timeout}"]);
});

test("a cluster that is not there fails the call, and closes it afterwards all the same", async () => {
  const filter = await load(asking);
  await filter.request();
  expect(messages(filter.logs)).toEqual(["call=10", "status=14", "text:Cluster not available"]);
});

test.each<{ title: string; script: GrpcStreamScript; said: string[] }>([
  {
    title: "metadata, messages, trailing metadata and the end",
    script: {
      onOpen: (stream) => stream.sendMetadata({ "x-m": "1" }),
      onMessage: (stream, message) => stream.send(message.toReversed()),
      onEnd: (stream) => stream.after(100, () => stream.close({ trailers: { "x-t": "2" } })),
    },
    said: ["x-m=0", "x-m:1", "body:a", "x-t=0", "x-t:2", "status=0", "text:via_upstream"],
  },
  {
    title: "the end of a stream that breaks off",
    script: {
      onMessage: (stream) => stream.send("half"),
      onEnd: (stream) => stream.after(100, () => stream.reset()),
    },
    said: [
      ...["x-m=1", "x-m:", "body:half", "x-t=1", "x-t:", "status=13"],
      "text:upstream_reset_after_response_started{connection_termination}",
    ],
  },
])("a stream tells of $title", async ({ script, said }) => {
  const filter = await load(talking, { clusters: { echo: grpc({ "test.Echo/Talk": script }) } });
  const reply = filter.request();
  await filter.advance(100);
  await reply;
  expect(messages(filter.logs)).toEqual(["stream=0", "send=0", ...said]);
});

test("what a script throws fails the request that waits", async () => {
  const failing = grpc({
    "test.Echo/Ask": () => {
      throw new Error("nobody expected this");
    },
  });
  const filter = await load(asking, { clusters: { echo: failing } });
  await expect(filter.request()).rejects.toThrow("nobody expected this");
});
