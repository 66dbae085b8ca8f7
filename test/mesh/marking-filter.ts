import binaryen from "binaryen";

const TEXT = `(module
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "x-ranyes")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $add (i32.const 2) (i32.const 16) (i32.const 5) (i32.const 21) (i32.const 3)))
    (i32.const 0)))`;

/** The smallest module of which one sees that it ran: it adds `x-ran: yes` to every response. */
export const markingFilter = Buffer.from(binaryen.parseText(TEXT).emitBinary());
/** What it imports and exports, as `allowed_capabilities` names it. */
export const markingCapabilities = ["proxy_add_header_map_value", "proxy_on_configure", "proxy_on_response_headers"];
