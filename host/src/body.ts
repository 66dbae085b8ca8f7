/** Bytes on their way through the proxy: a queue of bytes that can be taken from and added to at both ends. */
export class Body {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The content; not a copy, so not to be changed. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  append(bytes: Uint8Array): void {
    this.#bytes = concatenate(this.#bytes, bytes);
  }

  prepend(bytes: Uint8Array): void {
    this.#bytes = concatenate(bytes, this.#bytes);
  }

  drain(length: number): void {
    this.#bytes = this.#bytes.subarray(Math.min(length, this.#bytes.length));
  }

  /** Takes all bytes of `other`, which is empty then. */
  move(other: Body): void {
    this.append(other.#bytes);
    other.#bytes = new Uint8Array(0);
  }
}

function concatenate(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (head.length === 0) return tail;
  if (tail.length === 0) return head;
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}
