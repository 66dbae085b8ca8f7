import binaryen from "binaryen";

/** A module that passes every check short of running it: its `proxy_on_configure` says no. */
export function refusesItsConfiguration(): Uint8Array {
  return assemble(`(module
    (memory (export "memory") 1)
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32) (i32.const 1024))
    (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0)))`);
}

function assemble(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
