import { encodeResponse } from "./proto.ts";
import type { Offer } from "./slot.ts";

/** A content as it goes onto the wire. */
export interface Answer {
  readonly version: string;
  readonly nonce: string;
  readonly bytes: Buffer;
}

interface Entry {
  readonly answer: Promise<Answer>;
  bytes: number;
}

/**
 * Answers, each encoded once however many proxies get it: what costs is the encoding, and the memory of a copy for every proxy.
 * Those that were not used for longest go when more than `limit` bytes are kept; they are encoded again when a proxy asks.
 */
export class Answers {
  /** By nonce. */
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(offer: Offer): Promise<Answer> {
    const known = this.#entries.get(offer.nonce);
    this.drop(offer);
    const entry = known ?? this.#encode(offer);
    this.#entries.set(offer.nonce, entry);
    this.#bytes += entry.bytes;
    return entry.answer;
  }

  drop({ nonce }: Offer): void {
    const entry = this.#entries.get(nonce);
    if (entry === undefined) return;
    this.#entries.delete(nonce);
    this.#bytes -= entry.bytes;
  }

  #encode(offer: Offer): Entry {
    const { content, nonce } = offer;
    const { version } = content;
    const encoded = content
      .encode()
      .then((config) => ({ version, nonce, bytes: encodeResponse(version, nonce, config) }));
    const entry: Entry = { answer: encoded, bytes: 0 };
    encoded.then(
      ({ bytes }) => this.#measured(nonce, entry, bytes.length),
      () => this.#entries.get(nonce) === entry && this.drop(offer),
    );
    return entry;
  }

  #measured(nonce: string, entry: Entry, bytes: number): void {
    if (this.#entries.get(nonce) !== entry) return;
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [oldest, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#limit || oldest === nonce) return;
      this.#entries.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}
