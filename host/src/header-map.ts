import { inlineHeaders, type MapKind } from "./inline-headers.ts";
import type { Pair } from "./pairs.ts";

/**
 * Headers or trailers as Envoy keeps them: names in lower case, pseudo-headers before all others, several entries of a
 * name in their order. Names and values are byte strings.
 */
export class HeaderMap {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  readonly #kind: MapKind;

  constructor(kind: MapKind, pairs: Iterable<Pair> = []) {
    this.#kind = kind;
    for (const [name, value] of pairs) this.add(name, value);
  }

  /** Number of entries. */
  get size(): number {
    return this.#names.length;
  }

  /** Bytes of all names and values. */
  get byteSize(): number {
    let size = 0;
    for (let i = 0; i < this.#names.length; i++) size += this.#names[i]!.length + this.#values[i]!.length;
    return size;
  }

  /** The first value. */
  get(name: string): string | undefined {
    const at = this.#names.indexOf(this.#canonical(name));
    return at < 0 ? undefined : this.#values[at];
  }

  has(name: string): boolean {
    return this.#names.includes(this.#canonical(name));
  }

  /**
   * Adds an entry; a header that Envoy keeps in a slot of its own has one entry only, to which the value is appended
   * (source/common/http/header_map_impl.cc, `addCopy`).
   */
  add(name: string, value: string): void {
    const canonical = this.#canonical(name);
    const at = inlineHeaders[this.#kind].has(canonical) ? this.#names.indexOf(canonical) : -1;
    if (at >= 0) {
      this.#values[at] = this.#values[at] === "" ? value : `${this.#values[at]},${value}`;
      return;
    }
    const end = canonical.startsWith(":") ? this.#names.findIndex((known) => !known.startsWith(":")) : -1;
    if (end < 0) {
      this.#names.push(canonical);
      this.#values.push(value);
    } else {
      this.#names.splice(end, 0, canonical);
      this.#values.splice(end, 0, value);
    }
  }

  /** Leaves one entry with the value, behind all others (source/common/http/header_map_impl.cc, `setCopy`). */
  set(name: string, value: string): void {
    this.remove(name);
    this.add(name, value);
  }

  remove(name: string): void {
    const canonical = this.#canonical(name);
    for (let i = this.#names.length - 1; i >= 0; i--) {
      if (this.#names[i] !== canonical) continue;
      this.#names.splice(i, 1);
      this.#values.splice(i, 1);
    }
  }

  clear(): void {
    this.#names.length = 0;
    this.#values.length = 0;
  }

  /** All entries, in order. */
  entries(): Pair[] {
    return this.#names.map((name, i) => [name, this.#values[i]!]);
  }

  #canonical(name: string): string {
    return name === "host" && this.#kind === "request" ? ":authority" : name;
  }
}
