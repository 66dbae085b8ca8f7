import { readBuffer } from "./abi/buffers";
import { BufferType, Status } from "./abi/types";
import { release, resultAddress, resultLength } from "./memory/scratch";
import { decode, encode, encodedLength, literalBytes, literalLength, utf8 } from "./memory/text";

/** A name that was looked up, and what it is bound to. */
class Binding {
  constructor(
    readonly name: string,
    readonly cluster: string,
    readonly following: Binding | null,
  ) {}
}

let known: Binding | null = null;

/**
 * The proxy's cluster that a deployment binds to one of the names in the `upstreams` of `filter.yaml`: what calls are
 * addressed to. So no cluster's name is written into a filter.
 *
 *     const cluster = upstream("auth");     // "outbound|8080||auth.default.svc.cluster.local"
 *
 * A deployment that binds no cluster to the name is refused before any proxy sees it. Where the proxy was configured by
 * hand, and its VM configuration does not have the name, it is itself the cluster's name.
 *
 * The VM configuration is read once for each name; it does not change while the VM lives. Not to be called at the top
 * level of a file, which runs before the proxy answers anything (proxy-wasm-cpp-host, `restricted_callback`).
 * @param name a string literal: the compiler compares it with `filter.yaml`
 */
export function upstream(name: string): string {
  let binding = known;
  while (binding) {
    if (binding.name == name) return binding.cluster;
    binding = binding.following;
  }
  const found = lookUp(name);
  const cluster = found === null ? name : found;
  known = new Binding(name, cluster, known);
  return cluster;
}

function lookUp(name: string): string | null {
  const wanted = encode(name);
  const length = encodedLength;
  let cluster: string | null = null;
  if (readBuffer(BufferType.VmConfiguration, 0, u32.MAX_VALUE) == Status.Ok) {
    const block = resultAddress();
    cluster = findText(block, block + resultLength(), wanted, length);
    release(block);
  }
  release(wanted);
  return cluster;
}

/**
 * The text at `upstreams.<name>` of a JSON object. It goes by the brackets and texts alone, so that other fields may
 * stand beside it; escapes are not resolved, which clusters' names do not need.
 */
function findText(at: usize, end: usize, wanted: usize, length: usize): string | null {
  const field = utf8("upstreams");
  let depth = 0;
  let isWithin = false;
  let isValue = false;
  let key: usize = 0;
  let keyLength: usize = 0;
  while (at < end) {
    const byte: u32 = load<u8>(at++);
    if (byte == 0x7b || byte == 0x5b) {
      if (++depth == 2) isWithin = byte == 0x7b && isSame(key, keyLength, literalBytes(field), literalLength(field));
      isValue = false;
    } else if (byte == 0x7d || byte == 0x5d) {
      depth--;
    } else if (byte == 0x3a) {
      isValue = true;
    } else if (byte == 0x2c) {
      isValue = false;
    } else if (byte == 0x22) {
      const start = at;
      while (at < end && load<u8>(at) != 0x22) at += load<u8>(at) == 0x5c ? 2 : 1;
      const size = at++ - start;
      if (!isValue) {
        key = start;
        keyLength = size;
      } else if (isWithin && depth == 2 && isSame(key, keyLength, wanted, length)) {
        return decode(start, size);
      }
    }
  }
  return null;
}

function isSame(a: usize, aLength: usize, b: usize, bLength: usize): bool {
  return aLength == bLength && !memory.compare(a, b, aLength);
}
