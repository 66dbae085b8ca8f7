import { readShared, sharedVersion, writeShared } from "../abi/data";
import { Status } from "../abi/types";
import { contentBytes, contentLength, releaseContent } from "../memory/content";
import { release } from "../memory/scratch";
import { decode, encode, encodedLength, takeBytes, takeText } from "../memory/text";

/**
 * The version of a key that is not there. The proxy compares versions only of keys that are, and gives none this one:
 * so it writes where nothing is, and is refused where something has come to be.
 */
const ABSENT: u32 = u32.MAX_VALUE;

/** How often {@link sharedData.update} begins again. Each time somebody else has written, so all of them get on. */
const ATTEMPTS = 1000;

/** What was kept under a key when it was read. */
export class SharedValue {
  constructor(
    /** The content; null if the key was not there. */
    readonly bytes: Uint8Array | null,
    /** What {@link sharedData.compareAndSet} asks for. */
    readonly version: u32,
  ) {}

  /** The content as UTF-8; null if the key was not there. */
  get text(): string | null {
    const bytes = this.bytes;
    return bytes === null ? null : decode(bytes.dataStart, bytes.length);
  }
}

/**
 * Data that all VMs with the same `vm_id` share: those of Envoy's worker threads, and of all plugins that name the same.
 * It is kept in the proxy's memory, without a limit or an expiry, for as long as one of those VMs runs, and a key cannot be
 * removed: write `""`.
 */
export namespace sharedData {
  /** The text under the key, or null when there is none. */
  export function get(key: string): string | null {
    return find(key) == Status.Ok ? takeText() : null;
  }

  /** The bytes under the key, or null when there are none. */
  export function getBytes(key: string): Uint8Array | null {
    return find(key) == Status.Ok ? takeBytes() : null;
  }

  /** What is under the key, with the version that {@link compareAndSet} asks for. */
  export function read(key: string): SharedValue {
    return find(key) == Status.Ok ? new SharedValue(takeBytes(), sharedVersion()) : new SharedValue(null, ABSENT);
  }

  /** Puts a `string` or `Uint8Array` under the key, whatever was there. */
  export function set<T>(key: string, content: T): Status {
    return write<T>(key, content, 0);
  }

  /**
   * Puts a `string` or `Uint8Array` under the key if nobody has since it was {@link read}, also where it was not there.
   * Else the answer is {@link Status.CasMismatch}: read again and decide anew, or let {@link update} do it.
   */
  export function compareAndSet<T>(key: string, content: T, version: u32): Status {
    return write<T>(key, content, version);
  }

  /**
   * Makes a new text of the old one and writes it, again and again until nobody has written in between. As there are no
   * closures, `argument` is handed on:
   *
   *     sharedData.update<i32>("visits", (text: string | null, by: i32) =>
   *       ((text === null ? 0 : I32.parseInt(text)) + by).toString(), 1);
   *
   * @param change is given null where nothing is there, and may answer null to leave it. It can be called several times
   * @returns {@link Status.CasMismatch} only if it could not write in a thousand attempts, as when `change` itself writes the key
   */
  export function update<A>(key: string, change: (text: string | null, argument: A) => string | null, argument: A): Status {
    let status = Status.CasMismatch;
    for (let i = 0; i < ATTEMPTS && status == Status.CasMismatch; i++) {
      const isThere = find(key) == Status.Ok;
      const version = isThere ? sharedVersion() : ABSENT;
      const text = change(isThere ? takeText() : null, argument);
      if (text === null) return Status.Ok;
      status = write<string>(key, text, version);
    }
    return status;
  }
}

function find(key: string): Status {
  const at = encode(key);
  const status = readShared(at, encodedLength);
  release(at);
  return status;
}

function write<T>(key: string, content: T, version: u32): Status {
  const at = encode(key);
  const length = encodedLength;
  const bytes = contentBytes<T>(content);
  const status = writeShared(at, length, bytes, contentLength, version);
  releaseContent<T>(bytes);
  release(at);
  return status;
}
