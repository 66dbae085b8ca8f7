import { byteStringOf, toLowerCase } from "./byte-string.ts";
import type { LinearMemory } from "./engine.ts";

/** Short strings that a guest passes again and again are made once: a table of 2^10 entries, each the last of its hash. */
const internedBits = 10;
const internedLength = 64;

/**
 * The guest's memory, bounds checked, and valid after it has grown.
 * Addresses and lengths are as they come from the guest: 32-bit, with or without sign.
 */
export class Memory {
  readonly #memory: LinearMemory;
  readonly #interned: (string | undefined)[] = new Array(1 << internedBits).fill(undefined);
  readonly #names: (string | undefined)[] = new Array(1 << internedBits).fill(undefined);
  readonly #lowered: string[] = new Array(1 << internedBits).fill("");
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** All of it, as of now: growth detaches the array, so keep it no longer than until the next call into the guest. */
  get bytes(): Uint8Array {
    // A detached array has length 0, and asking it is cheaper than asking the engine for the buffer.
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    return this.#bytes;
  }

  fits(address: number, length: number): boolean {
    return (address >>> 0) + (length >>> 0) <= this.bytes.length;
  }

  setU32(address: number, value: number): boolean {
    if (!this.fits(address, 4)) return false;
    this.#view.setUint32(address >>> 0, value, true);
    return true;
  }

  setU64(address: number, value: bigint): boolean {
    if (!this.fits(address, 8)) return false;
    this.#view.setBigUint64(address >>> 0, value, true);
    return true;
  }

  /** A 32-bit number at an address that is known to fit. */
  u32(address: number): number {
    this.bytes;
    return this.#view.getUint32(address >>> 0, true);
  }

  /** A copy of the bytes, or undefined where they are not all inside. */
  slice(address: number, length: number): Uint8Array | undefined {
    if (!this.fits(address, length)) return undefined;
    return this.bytes.slice(address >>> 0, (address >>> 0) + (length >>> 0));
  }

  write(address: number, bytes: Uint8Array): boolean {
    if (!this.fits(address, bytes.length)) return false;
    this.bytes.set(bytes, address >>> 0);
    return true;
  }

  /** Writes a byte string at an address that is known to fit. */
  writeString(address: number, byteString: string): void {
    const bytes = this.bytes;
    const start = address >>> 0;
    for (let i = 0; i < byteString.length; i++) bytes[start + i] = byteString.charCodeAt(i);
  }

  /** The bytes as a byte string, or undefined where they are not all inside. */
  string(address: number, length: number): string | undefined {
    if (!this.fits(address, length)) return undefined;
    const start = address >>> 0;
    const end = start + (length >>> 0);
    if (length > internedLength) return byteStringOf(this.bytes.subarray(start, end));
    return this.#intern(this.#interned, start, end);
  }

  /** A header's name, in lower case, or undefined where its bytes are not all inside. */
  headerName(address: number, length: number): string | undefined {
    if (!this.fits(address, length)) return undefined;
    const start = address >>> 0;
    const end = start + (length >>> 0);
    if (length > internedLength) return toLowerCase(byteStringOf(this.bytes.subarray(start, end)));
    const slot = this.#hash(start, end);
    const known = this.#names[slot];
    const name = this.#intern(this.#names, start, end, slot);
    if (name !== known) this.#lowered[slot] = toLowerCase(name);
    return this.#lowered[slot];
  }

  #intern(table: (string | undefined)[], start: number, end: number, slot = this.#hash(start, end)): string {
    const known = table[slot];
    if (known !== undefined && this.#holds(known, start, end)) return known;
    const made = byteStringOf(this.bytes.subarray(start, end));
    table[slot] = made;
    return made;
  }

  #hash(start: number, end: number): number {
    const bytes = this.bytes;
    let hash = end - start;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    return (hash ^ (hash >>> internedBits) ^ (hash >>> (2 * internedBits))) & ((1 << internedBits) - 1);
  }

  #holds(known: string, start: number, end: number): boolean {
    if (known.length !== end - start) return false;
    const bytes = this.bytes;
    for (let i = 0; i < known.length; i++) if (known.charCodeAt(i) !== bytes[start + i]) return false;
    return true;
  }
}
