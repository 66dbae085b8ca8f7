import binaryen from "binaryen";

/** Parameters of every function that a module of ABI 0.2.1 may import from `env`. */
export const hostFunctionParameters = {
  log: "iii",
  get_log_level: "i",
  get_current_time_nanoseconds: "i",
  set_tick_period_milliseconds: "i",
  get_buffer_bytes: "iiiii",
  set_buffer_bytes: "iiiii",
  get_buffer_status: "iii",
  get_header_map_size: "ii",
  get_header_map_pairs: "iii",
  set_header_map_pairs: "iii",
  get_header_map_value: "iiiii",
  add_header_map_value: "iiiii",
  replace_header_map_value: "iiiii",
  remove_header_map_value: "iii",
  continue_stream: "i",
  close_stream: "i",
  get_status: "iii",
  send_local_response: "iiiiiiii",
  http_call: "iiiiiiiiii",
  grpc_call: "iiiiiiiiiiii",
  grpc_stream: "iiiiiiiii",
  grpc_send: "iiii",
  grpc_cancel: "i",
  grpc_close: "i",
  get_shared_data: "iiiii",
  set_shared_data: "iiiii",
  register_shared_queue: "iii",
  resolve_shared_queue: "iiiii",
  enqueue_shared_queue: "iii",
  dequeue_shared_queue: "iii",
  define_metric: "iiii",
  record_metric: "iI",
  increment_metric: "iI",
  get_metric: "ii",
  get_property: "iiii",
  set_property: "iiii",
  call_foreign_function: "iiiiii",
  set_effective_context: "i",
  done: "",
} as const;

const types = { i: "i32", I: "i64" } as const;

function declareImports(): string {
  return Object.entries(hostFunctionParameters)
    .map(([name, parameters]) => {
      const list = Array.from(parameters, (letter) => types[letter as "i" | "I"]).join(" ");
      return `(import "env" "proxy_${name}" (func $${name} (param ${list}) (result i32)))`;
    })
    .join("\n");
}

/**
 * Functions for guests: an allocator; `$say` logs a text; `$report` logs `text=number`; `$show` logs `text:` and the bytes
 * whose address and length are at 16 and 20, where the host functions that return bytes are told to write them.
 */
const library = `
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 65536))
  (func (export "proxy_abi_version_0_2_1"))
  (func $malloc (export "malloc") (param $size i32) (result i32) (local $at i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (global.get $free) (local.get $size)))
    (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536)))))))
    (local.get $at))
  (func $say (param $at i32) (param $n i32)
    (drop (call $log (i32.const 2) (local.get $at) (local.get $n))))
  (func $report (param $at i32) (param $n i32) (param $value i32)
    (memory.copy (i32.const 2048) (local.get $at) (local.get $n))
    (local.set $at (i32.add (i32.const 2048) (local.get $n)))
    (i32.store8 (local.get $at) (i32.const 61))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.ge_u (local.get $value) (i32.const 100)) (then
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.div_u (local.get $value) (i32.const 100))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.ge_u (local.get $value) (i32.const 10)) (then
      (i32.store8 (local.get $at)
        (i32.add (i32.const 48) (i32.rem_u (i32.div_u (local.get $value) (i32.const 10)) (i32.const 10))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
    (call $say (i32.const 2048) (i32.sub (local.get $at) (i32.const 2047))))
  (func $show (param $at i32) (param $n i32)
    (memory.copy (i32.const 2048) (local.get $at) (local.get $n))
    (i32.store8 (i32.add (i32.const 2048) (local.get $n)) (i32.const 58))
    (memory.copy (i32.add (i32.const 2049) (local.get $n)) (i32.load (i32.const 16)) (i32.load (i32.const 20)))
    (call $say (i32.const 2048) (i32.add (i32.add (local.get $n) (i32.const 1)) (i32.load (i32.const 20)))))
  (func $header (param $map i32) (param $at i32) (param $n i32)
    (i32.store (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 0))
    (call $report (local.get $at) (local.get $n)
      (call $get_header_map_value (local.get $map) (local.get $at) (local.get $n) (i32.const 16) (i32.const 20)))
    (call $show (local.get $at) (local.get $n)))
  (func $body (param $buffer i32) (local $status i32)
    (local.set $status (call $get_buffer_bytes (local.get $buffer) (i32.const 0) (i32.const -1) (i32.const 16) (i32.const 20)))
    (if (local.get $status)
      (then (call $report ${"\u0000body\u0000"} (local.get $status)))
      (else (call $show ${"\u0000body\u0000"}))))
`;

/**
 * A filter in WebAssembly's text form. A text between the parts stands for its address and length:
 *
 *     guest`(func (export "proxy_on_log") (param i32) (call $say ${"done"}))`
 *
 * All host functions are imported under their names without `proxy_`, and the library above is at hand.
 */
export function guest(parts: readonly string[], ...texts: (string | Uint8Array)[]): Uint8Array {
  const segments: string[] = [];
  let free = 4096;
  const place = (text: string | Uint8Array): string => {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const at = free;
    free += bytes.length + 1;
    segments.push(`(data (i32.const ${at}) "${Array.from(bytes, escaped).join("")}")`);
    return `(i32.const ${at}) (i32.const ${bytes.length})`;
  };
  const own = parts.map((part, i) => part + (i < texts.length ? place(texts[i]!) : "")).join("");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL marks the texts of the library.
  const shared = library.replace(/\u0000([^\u0000]*)\u0000/g, (_, text: string) => place(text));
  return assemble(`(module ${declareImports()} ${shared} ${own} ${segments.join("\n")})`);
}

/** The binary of a module in text form. */
export function assemble(wat: string): Uint8Array {
  const module = binaryen.parseText(wat);
  module.setFeatures(binaryen.Features.All);
  try {
    if (!module.validate()) throw new Error("the guest is not valid");
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

function escaped(byte: number): string {
  return `\\${byte.toString(16).padStart(2, "0")}`;
}
