import { release, reserve, result } from "../memory/scratch";
import { decode } from "../memory/text";

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, size: usize): i32;

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(entries: usize, texts: usize): i32;

/** The variables of the VM: a deployment's `env`, in Envoy `environment_variables` of the VM's configuration. */
export function environmentVariables(): Map<string, string> {
  const all = new Map<string, string>();
  if (environ_sizes_get(result, result + sizeof<u32>())) return all;
  const count = load<u32>(result);
  const entries = reserve(count * sizeof<u32>() + load<u32>(result, sizeof<u32>()));
  if (!environ_get(entries, entries + count * sizeof<u32>())) {
    for (let i: u32 = 0; i < count; i++) {
      const name = load<u32>(entries + i * sizeof<u32>());
      const equals = find(name, 0x3d);
      const value = equals + 1;
      all.set(decode(name, equals - name), decode(value, find(value, 0) - value));
    }
  }
  release(entries);
  return all;
}

function find(at: usize, byte: u8): usize {
  while (load<u8>(at) != byte) at++;
  return at;
}
