import { encode, encodedLength } from "../memory/text";
import { release } from "../memory/scratch";

/** Bytes of a block and of a digest. */
export const BLOCK: usize = 64;
export const DIGEST: i32 = 32;

/**
 * SHA-256 (FIPS 180-4) of a message that may come in pieces, as bodies do: then each stream needs one of its own.
 *
 *     const hash = new Sha256();
 *     hash.update(chunk);
 *     log.info(hex.encode(hash.digest()));
 *
 * It takes 200 bytes when it is made, and after that nothing but each digest.
 */
export class Sha256 {
  /** Eight words of state, and the block that is not full yet. */
  private readonly memory: Uint8Array = new Uint8Array(32 + <i32>BLOCK);
  private length: u64 = 0;

  constructor() {
    this.reset();
  }

  /** Forgets what was taken. */
  reset(): this {
    const state = this.memory.dataStart;
    memory.copy(state, INITIAL, 32);
    this.length = 0;
    return this;
  }

  /** Takes further bytes. */
  update(bytes: Uint8Array): this {
    this.take(bytes.dataStart, bytes.length);
    return this;
  }

  /** Takes further text, as UTF-8. */
  updateText(text: string): this {
    const at = encode(text);
    this.take(at, encodedLength);
    release(at);
    return this;
  }

  /** The 32 bytes for all that was taken; another message can begin then. */
  digest(): Uint8Array {
    const digest = new Uint8Array(DIGEST);
    this.finish(digest.dataStart);
    return digest;
  }

  private take(at: usize, length: usize): void {
    const state = this.memory.dataStart;
    const block = state + 32;
    const filled = <usize>(this.length & (<u64>BLOCK - 1));
    const end = at + length;
    this.length += length;
    if (filled) {
      const missing = min(BLOCK - filled, length);
      memory.copy(block + filled, at, missing);
      if (filled + missing < BLOCK) return;
      compress(state, block);
      at += missing;
    }
    for (; at + BLOCK <= end; at += BLOCK) compress(state, at);
    memory.copy(block, at, end - at);
  }

  /** Writes the digest to `to`, and begins anew. */
  finish(to: usize): void {
    const state = this.memory.dataStart;
    const block = state + 32;
    const bits = this.length << 3;
    let filled = <usize>(this.length & (<u64>BLOCK - 1));
    store<u8>(block + filled++, 0x80);
    memory.fill(block + filled, 0, BLOCK - filled);
    // The length takes the last eight bytes.
    if (filled > BLOCK - 8) {
      compress(state, block);
      memory.fill(block, 0, BLOCK);
    }
    store<u64>(block + BLOCK - 8, bswap(bits));
    compress(state, block);
    for (let i: usize = 0; i < 32; i += 4) store<u32>(to + i, bswap(load<u32>(state + i)));
    this.reset();
  }
}

/** The first 32 bits of the fractional parts of the square roots of the first 8 primes (FIPS 180-4, section 5.3.3). */
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** And of the cube roots of the first 64 (section 4.2.2). */
const ROUNDS: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** The message schedule. Nothing enters the module while a block is worked on, so all hashes can share it. */
const schedule: usize = memory.data(256, 8);

/** Works the block of 64 bytes into the state (section 6.2.2). */
function compress(state: usize, block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(schedule + i, bswap(load<u32>(block + i)));
  for (let at = schedule; at < schedule + 192; at += 4) {
    const early = load<u32>(at, 4);
    const late = load<u32>(at, 56);
    const s0 = rotr(early, 7) ^ rotr(early, 18) ^ (early >> 3);
    const s1 = rotr(late, 17) ^ rotr(late, 19) ^ (late >> 10);
    store<u32>(at, load<u32>(at) + s0 + load<u32>(at, 36) + s1, 64);
  }
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let i: usize = 0; i < 256; i += 4) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const choice = g ^ (e & (f ^ g));
    const t1 = h + s1 + choice + load<u32>(ROUNDS + i) + load<u32>(schedule + i);
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const majority = (a & b) | (c & (a | b));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + s0 + majority;
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
  store<u32>(state, load<u32>(state, 20) + f, 20);
  store<u32>(state, load<u32>(state, 24) + g, 24);
  store<u32>(state, load<u32>(state, 28) + h, 28);
}
