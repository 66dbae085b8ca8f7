import { BLOCK, DIGEST, Sha256 } from "./sha256";

/**
 * HMAC-SHA-256 (RFC 2104), of a message that may come in pieces. Make one per key, where the filter is configured:
 * it allocates nothing but each digest. A message whose pieces come in several callbacks needs one of its own, since
 * those of other streams come between.
 *
 *     const mac = new HmacSha256(key);
 *     mac.update(first).update(second);
 *     const isGenuine = equal(mac.digest(), signature);
 */
export class HmacSha256 {
  private readonly hash: Sha256 = new Sha256();
  /** The key, filled up to a block, mixed as the inner hash wants it. */
  private readonly key: Uint8Array = new Uint8Array(<i32>BLOCK);

  /** @param key of any length; one of 32 bytes or more is as strong as the hash */
  constructor(key: Uint8Array) {
    const hash = this.hash;
    const own = this.key.dataStart;
    if (key.length > <i32>BLOCK) {
      hash.update(key);
      hash.finish(own);
    } else {
      memory.copy(own, key.dataStart, key.length);
    }
    this.mix(0x36);
  }

  /** Forgets what was taken of a message. */
  reset(): this {
    this.hash.reset().update(this.key);
    return this;
  }

  /** Takes further bytes of the message. */
  update(bytes: Uint8Array): this {
    this.hash.update(bytes);
    return this;
  }

  /** Takes further text of the message, as UTF-8. */
  updateText(text: string): this {
    this.hash.updateText(text);
    return this;
  }

  /** The 32 bytes for all that was taken; another message can begin then. */
  digest(): Uint8Array {
    const digest = new Uint8Array(DIGEST);
    const hash = this.hash;
    hash.finish(digest.dataStart);
    // 0x36 is taken off and 0x5c put on.
    this.mix(0x6a);
    hash.update(digest).finish(digest.dataStart);
    this.mix(0x6a);
    return digest;
  }

  /** Changes the bits of the key, and begins to hash with it. */
  private mix(bits: u32): void {
    const own = this.key.dataStart;
    for (let i: usize = 0; i < BLOCK; i++) store<u8>(own + i, load<u8>(own + i) ^ bits);
    this.hash.update(this.key);
  }
}
