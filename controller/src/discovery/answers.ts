import { encodeResponse } from "./proto.ts";
import type { Slot, SlotContent } from "./slot.ts";

/** A content as it goes onto the wire. */
export interface Answer {
  readonly version: string;
  readonly nonce: string;
  readonly bytes: Buffer;
}

interface Entry {
  readonly content: SlotContent;
  readonly answer: Promise<Answer>;
  bytes: number;
}

/**
 * Answers, each encoded once however many proxies get it: what costs is the encoding, and the memory of a copy for every proxy.
 * Those that were not used for longest go when more than `limit` bytes are kept; they are encoded again when a proxy asks.
 */
export class Answers {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The answer for what the slot holds now. */
  get(slot: Slot): Promise<Answer> | undefined {
    const { key, content, nonce } = slot;
    if (content === undefined) return undefined;
    const known = this.#entries.get(key);
    this.drop(key);
    const entry = known?.content === content ? known : this.#encode(key, content, nonce);
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    return entry.answer;
  }

  drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  #encode(key: string, content: SlotContent, nonce: string): Entry {
    const { version } = content;
    const encoded = content
      .encode()
      .then((config) => ({ version, nonce, bytes: encodeResponse(version, nonce, config) }));
    const entry: Entry = { content, answer: encoded, bytes: 0 };
    encoded.then(
      ({ bytes }) => this.#measured(key, entry, bytes.length),
      () => this.#entries.get(key) === entry && this.drop(key),
    );
    return entry;
  }

  #measured(key: string, entry: Entry, bytes: number): void {
    if (this.#entries.get(key) !== entry) return;
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit || oldest === key) return;
      this.drop(oldest);
    }
  }
}
