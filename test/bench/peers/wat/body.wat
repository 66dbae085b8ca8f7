;; The body is read to 4096: what malloc answers is free again when the callback ends.
(module
  (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param $size i32) (result i32) (i32.const 4096))
  (func (export "proxy_on_response_body") (param $id i32) (param $size i32) (param $end i32) (result i32)
    (if (i32.eqz (local.get $end)) (then (return (i32.const 1))))
    (if (i32.eqz (call $get (i32.const 1) (i32.const 0) (local.get $size) (i32.const 16) (i32.const 20)))
      (then
        (i32.store8 (i32.load (i32.const 16)) (i32.const 0x23))
        (drop (call $set (i32.const 1) (i32.const 0) (local.get $size)
          (i32.load (i32.const 16)) (i32.load (i32.const 20))))))
    (i32.const 0)))
