import { expect, test } from "vitest";
import { assemble } from "../../test/guest.ts";
import { load } from "../testing/index.ts";

/** A module that works through WASI alone while it starts. */
function program(body: string): Uint8Array {
  const wasi = "wasi_snapshot_preview1";
  return assemble(`(module
    (import "${wasi}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "${wasi}" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (import "${wasi}" "environ_get" (func $environ (param i32 i32) (result i32)))
    (import "${wasi}" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
    (import "${wasi}" "random_get" (func $random (param i32 i32) (result i32)))
    (import "${wasi}" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
    (import "${wasi}" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2)
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32) (i32.const 0))
    (func $check (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
    (func $print (param $fd i32) (param $at i32) (param $n i32)
      (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $n))
      (call $check (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 0))
      (call $check (i32.load (i32.const 8)) (local.get $n)))
    (data (i32.const 100) "out\\n") (data (i32.const 110) "err\\n\\n")
    ${body})`);
}

test("output becomes log lines, one trailing newline less; other files are not there", async () => {
  const filter = await load(
    program(`(func (export "_start")
      (call $print (i32.const 1) (i32.const 100) (i32.const 4))
      (call $print (i32.const 2) (i32.const 110) (i32.const 5))
      (call $check (call $write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 8))
      (call $check (call $write (i32.const 1) (i32.const -4) (i32.const 1) (i32.const 8)) (i32.const 21)))`),
  );
  expect(filter.logs.map(({ level, message }) => [level, message])).toEqual([
    ["info", "out"],
    ["error", "err\n"],
  ]);
});

test("environment variables are there", async () => {
  const filter = await load(
    program(`(func (export "_start")
      (call $check (call $sizes (i32.const 16) (i32.const 20)) (i32.const 0))
      (call $check (i32.load (i32.const 16)) (i32.const 2))
      (call $check (i32.load (i32.const 20)) (i32.const 10))
      (call $check (call $environ (i32.const 32) (i32.const 200)) (i32.const 0))
      (call $print (i32.const 1) (i32.load (i32.const 36)) (i32.const 5)))`),
    { env: { A: "1", BC: "2 " } },
  );
  expect(filter.logs[0]?.message).toBe("BC=2 ");
});

test("clocks, random bytes up to 64 KiB, and errors for files", async () => {
  const start = `(func (export "_start")
    (call $check (call $clock (i32.const 0) (i64.const 0) (i32.const 16)) (i32.const 0))
    (call $check (i64.eq (i64.load (i32.const 16)) (i64.const 1700000000123000000)) (i32.const 1))
    (call $check (call $clock (i32.const 2) (i64.const 0) (i32.const 16)) (i32.const 58))
    (call $check (call $random (i32.const 300) (i32.const 65536)) (i32.const 0))
    (call $check (call $random (i32.const 300) (i32.const 65537)) (i32.const 28))
    (call $check (call $random (i32.const -10) (i32.const 20)) (i32.const 21))
    (i32.store (i32.const 24) (i32.const 9))
    (call $check (call $readdir (i32.const 3) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 24)) (i32.const 20))
    (call $check (i32.load (i32.const 24)) (i32.const 0)))`;
  await expect(load(program(start), { now: new Date(1700000000123) })).resolves.toMatchObject({ healthy: true });
});

test("proc_exit returns to the guest, but not while it starts", async () => {
  const configure =
    '(func (export "proxy_on_configure") (param i32 i32) (result i32) (call $exit (i32.const 3)) (i32.const 1))';
  await expect(load(program(configure))).resolves.toMatchObject({ healthy: true });
  await expect(load(program('(func (export "_start") (call $exit (i32.const 3)))'))).rejects.toThrow("proc_exit");
});
