import binaryen from "binaryen";
import { describe, expect, test } from "vitest";
import { capabilities, readModule } from "./index.ts";

function assemble(wat: string): Uint8Array {
  const module = binaryen.parseText(wat);
  module.setFeatures(binaryen.Features.All);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

const filter = assemble(`(module
  (import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))
  (import "env" "proxy_record_metric" (func (param i32 i64) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (import "other" "thing" (func))
  (import "env" "level" (global i32))
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 0))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_log") (param i32))
  (func (export "proxy_validate_configuration") (param i32 i32) (result i32) (i32.const 1))
)`);

const codeOf = (bytes: Uint8Array): string => {
  try {
    readModule(bytes);
    return "read";
  } catch (error) {
    return String((error as { code?: string }).code ?? error);
  }
};

describe("a proxy-wasm module", () => {
  const module = readModule(filter);

  test("tells its ABI version and size", () => {
    expect(module).toMatchObject({ abi: "0.2.1", size: filter.length });
  });

  test("tells its imports with their types", () => {
    expect(module.imports.map(({ module, name, signature }) => `${module}.${name} ${signature}`).sort()).toEqual([
      "env.level undefined",
      "env.proxy_log (i32,i32,i32)->i32",
      "env.proxy_record_metric (i32,i64)->i32",
      "other.thing ()->()",
      "wasi_snapshot_preview1.proc_exit (i32)->()",
    ]);
  });

  test("tells exports and, among them, what the proxy calls", () => {
    expect(module.exports).toContain("memory");
    expect(module.callbacks).toEqual(["proxy_on_vm_start", "proxy_on_log", "proxy_validate_configuration"]);
  });

  test("needs the host functions it imports and the callbacks it exports, and nothing else", () => {
    expect(capabilities(module)).toEqual([
      "proc_exit",
      "proxy_log",
      "proxy_on_log",
      "proxy_on_vm_start",
      "proxy_record_metric",
      "proxy_validate_configuration",
    ]);
  });

  test("keeps its custom sections", () => {
    const withSection = new Uint8Array([...filter, 0, 5, 2, 0x68, 0x69, 7, 9]);
    expect(readModule(withSection).customSections.at(-1)).toEqual({ name: "hi", content: new Uint8Array([7, 9]) });
  });
});

describe("what is not a filter is refused", () => {
  test.each([
    ["nothing", new Uint8Array(), "ASMF_MODULE_NOT_WASM"],
    ["text", new TextEncoder().encode("(module)"), "ASMF_MODULE_NOT_WASM"],
    ["a gzip archive", new Uint8Array([0x1f, 0x8b, 8, 0]), "ASMF_MODULE_NOT_WASM"],
    ["a component", new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]), "ASMF_MODULE_NOT_WASM"],
    ["a module of another version", new Uint8Array([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]), "ASMF_MODULE_NOT_WASM"],
    ["an empty module", new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), "ASMF_MODULE_NOT_PROXY_WASM"],
    ["a library", assemble(`(module (func (export "_start")))`), "ASMF_MODULE_NOT_PROXY_WASM"],
    [
      "a marker that is no function",
      assemble(`(module (memory (export "proxy_abi_version_0_2_1") 1))`),
      "ASMF_MODULE_NOT_PROXY_WASM",
    ],
  ])("%s", (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });
});

describe("whatever the bytes, reading ends with a result or one of the two codes", () => {
  const allowed = new Set(["read", "ASMF_MODULE_NOT_WASM", "ASMF_MODULE_NOT_PROXY_WASM"]);
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
  const random = mulberry32(seed);

  test("truncated anywhere", () => {
    for (let length = 0; length < filter.length; length++) {
      expect(allowed, `cut at ${length}`).toContain(codeOf(filter.subarray(0, length)));
    }
  });

  test(`changed at random (FUZZ_SEED=${seed})`, () => {
    for (let round = 0; round < 20_000; round++) {
      const bytes = filter.slice(0, 8 + Math.floor(random() * filter.length));
      for (let change = 1 + Math.floor(random() * 8); change > 0; change--) {
        bytes[8 + Math.floor(random() * (bytes.length - 8))] = Math.floor(random() * 256);
      }
      const code = codeOf(bytes);
      if (!allowed.has(code)) throw new Error(`seed ${seed}, round ${round}: ${code}`);
    }
  });

  test(`random behind the preamble (FUZZ_SEED=${seed})`, () => {
    for (let round = 0; round < 20_000; round++) {
      const bytes = Uint8Array.from({ length: 8 + Math.floor(random() * 64) }, () => Math.floor(random() * 256));
      bytes.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
      bytes[8] = [0, 1, 2, 7][Math.floor(random() * 4)]!;
      bytes[9] = bytes.length - 10;
      const code = codeOf(bytes);
      if (!allowed.has(code)) throw new Error(`seed ${seed}, round ${round}: ${code}`);
    }
  });
});

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
