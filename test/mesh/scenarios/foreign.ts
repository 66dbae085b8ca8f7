import { generateKeyPairSync, sign } from "node:crypto";
import { deflateSync } from "node:zlib";
import { writeFields } from "../../../host/src/protobuf.ts";
import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

type Call = readonly [name: string, argument: string | Uint8Array];

/** Calls functions for a request, one after another, and reports status, size and text of what they give. */
function calling(...calls: readonly Call[]): Uint8Array {
  const parts = [`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)`];
  const texts: (string | Uint8Array)[] = [];
  for (const [name, argument] of calls) {
    parts[parts.length - 1] += " (call $report";
    parts.push(
      " (call $call_foreign_function ",
      " ",
      " (i32.const 16) (i32.const 20))) (call $report ",
      " (i32.rem_u (i32.load (i32.const 20)) (i32.const 1000))) (call $show ",
      ")",
    );
    texts.push(name, name, argument, "size", "result");
  }
  parts[parts.length - 1] += " (i32.const 0))";
  return guest(parts, ...texts);
}

/** Compresses, and takes the result back. */
const roundTrip = guest`
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $report ${"compress"} (call $call_foreign_function ${"compress"} ${"tell me, tell me, tell me, tell me"} (i32.const 16) (i32.const 20)))
    (call $report ${"is shorter"} (i32.lt_u (i32.load (i32.const 20)) (i32.const 30)))
    (call $report ${"uncompress"} (call $call_foreign_function ${"uncompress"} (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 16) (i32.const 20)))
    (call $show ${"text"})
    (call $report ${"without result"} (call $call_foreign_function ${"compress"} ${"x"} (i32.const 0) (i32.const 0)))
    (i32.const 0))`;

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const der = rsa.publicKey.export({ type: "spki", format: "der" });
const pem = rsa.publicKey.export({ type: "spki", format: "pem" }) as string;
const text = "what was signed";
const good = sign("sha256", Buffer.from(text), rsa.privateKey);
const verification = (hash: string, signature: Uint8Array, keys: { der?: Uint8Array; pem?: string }): Call => [
  "verify_signature",
  writeFields([
    [1, hash],
    [2, keys.der ?? ""],
    [3, signature],
    [4, text],
    [5, keys.pem ?? ""],
  ]),
];
const privateDer = rsa.privateKey.export({ type: "pkcs8", format: "der" });
const privatePem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const signing = (hash: string, keys: { der?: Uint8Array; pem?: string }): Call => [
  "sign",
  writeFields([
    [1, hash],
    [2, keys.der ?? ""],
    [3, text],
    [4, keys.pem ?? ""],
  ]),
];

const state = (path: string, value: string): Call => [
  "set_envoy_filter_state",
  writeFields([
    [1, path],
    [2, value],
  ]),
];

/** Keys of filter state that Envoy may know. */
const keys = [
  "envoy.tcp_proxy.cluster envoy.tcp_proxy.disable_tunneling envoy.tcp_proxy.per_connection_idle_timeout_ms",
  "envoy.tcp_proxy.receive_before_connect envoy.network.upstream_server_name envoy.network.upstream_subject_alt_names",
  "envoy.network.application_protocols envoy.network.ip envoy.network.transport_socket.original_dst_address",
  "envoy.network.network_namespace envoy.upstream.dynamic_host envoy.upstream.dynamic_port",
  "envoy.ratelimit.hits_addend envoy.string envoy.hashable_string nobody.knows",
].flatMap((line) => line.split(" "));

/** Declares a property that can be set once, on the root and, without effect, in each stream. */
const declaring = guest`
  (func $declare
    (call $report ${"declare"} (call $call_foreign_function ${"declare_property"} ${"\n\x04once\x10\x01\x18\x01\x28\x01"} (i32.const 16) (i32.const 20)))
    (call $report ${"again"} (call $call_foreign_function ${"declare_property"} ${"\n\x04once"} (i32.const 16) (i32.const 20))))
  (func $set (param $at i32) (param $n i32)
    (call $report ${"set"} (call $set_property (local.get $at) (local.get $n) ${"first"}))
    (call $report ${"set again"} (call $set_property (local.get $at) (local.get $n) ${"second"}))
    (call $report ${"get"} (call $get_property (local.get $at) (local.get $n) (i32.const 16) (i32.const 20))) (call $show ${"value"}))
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (call $report ${"no message"} (call $call_foreign_function ${"declare_property"} ${"\n\x09once"} (i32.const 16) (i32.const 20)))
    (call $declare) (i32.const 1))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $report ${"in a stream"} (call $call_foreign_function ${"declare_property"} ${"\n\x05often\x10\x01"} (i32.const 16) (i32.const 20)))
    (call $declare)
    (call $set ${"once"}) (call $set ${"often"})
    (call $report ${"in the state"} (call $get_property ${"filter_state\0wasm.once"} (i32.const 16) (i32.const 20))) (call $show ${"once"})
    (i32.const 0))`;

export const foreign: Subject = {
  title: "a foreign function",
  scenarios: [
    { name: "compresses and uncompresses", wasm: roundTrip, steps: [{}] },
    {
      name: "uncompresses what others compressed, and refuses what is not compressed",
      wasm: calling(
        ["uncompress", new Uint8Array(deflateSync("x".repeat(700)))],
        ["uncompress", "not compressed"],
        ["uncompress", new Uint8Array(deflateSync("cut off, cut off, cut off")).subarray(0, 12)],
      ),
      steps: [{}],
    },
    {
      name: "verifies signatures",
      wasm: calling(
        verification("sha256", good, { der }),
        verification("SHA256", good, { der }),
        verification("sha256", good, { pem }),
        verification("sha1", good, { der }),
        verification("sha256", good.subarray(1), { der }),
        verification("md5", good, { der }),
        verification("", good, { der }),
      ),
      steps: [{}],
    },
    {
      name: "verifies no signature without the one key",
      wasm: calling(
        verification("sha256", good, { der, pem }),
        verification("sha256", good, {}),
        verification("sha256", good, { der: good }),
        verification("sha256", good, { pem: "nonsense" }),
        ["verify_signature", "no message"],
      ),
      steps: [{}],
    },
    {
      name: "signs, or says why not",
      wasm: calling(
        signing("md5", { der: privateDer }),
        signing("sha256", { pem: privatePem, der: privateDer }),
        signing("sha256", { der }),
        ["sign", "no message"],
      ),
      steps: [{}],
    },
    { name: "sets state of Envoy's own, a text", wasm: calling(...keys.map((key) => state(key, "text"))), steps: [{}] },
    { name: "sets state of Envoy's own, a number", wasm: calling(...keys.map((key) => state(key, "1"))), steps: [{}] },
    { name: "declares properties", wasm: declaring, steps: [{}, {}] },
  ],
};
