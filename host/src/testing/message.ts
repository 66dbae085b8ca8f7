import { toByteString, toText } from "../byte-string.ts";
import { HeaderMap } from "../header-map.ts";
import type { MapKind } from "../inline-headers.ts";

/** Headers to send: a record, whose values may be lists, or a list of pairs. */
export type HeadersInit =
  | Readonly<Record<string, string | readonly string[]>>
  | readonly (readonly [name: string, value: string])[];

/** A body to send; a list is sent piece by piece, each of which the filter gets a callback for. */
export type BodyInit = string | Uint8Array | readonly (string | Uint8Array)[];

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Headers that arrived, names in lower case, in their order. Pseudo-headers are fields of the message instead. */
export class ReceivedHeaders implements Iterable<readonly [string, string]> {
  /** All of them. A plain field, so that what compares and prints objects sees the headers. */
  readonly pairs: readonly (readonly [string, string])[];

  constructor(map: HeaderMap | undefined) {
    const entries = map?.entries() ?? [];
    this.pairs = entries
      .filter(([name]) => !name.startsWith(":"))
      .map(([name, value]) => [toText(name), toText(value)] as const);
  }

  /** The value, several joined by `, ` as `fetch` does; undefined where there is none. */
  get(name: string): string | undefined {
    const values = this.getAll(name);
    return values.length === 0 ? undefined : values.join(", ");
  }

  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.pairs.filter(([known]) => known === wanted).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.getAll(name).length > 0;
  }

  entries(): (readonly [string, string])[] {
    return [...this.pairs];
  }

  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.entries()[Symbol.iterator]();
  }

  /** What a failing test prints. */
  toJSON(): Record<string, string> {
    return Object.fromEntries(this.pairs.map(([name]) => [name, this.get(name)!]));
  }
}

/** A body that arrived. */
export class ReceivedBody {
  readonly bytes: Uint8Array;

  constructor(pieces: readonly Uint8Array[], length: number) {
    const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.bytes = all.subarray(0, length);
  }

  text(): string {
    return decoder.decode(this.bytes);
  }
}

export function toHeaderMap(
  kind: MapKind,
  pseudo: readonly (readonly [string, string])[],
  headers: HeadersInit = {},
): HeaderMap {
  const map = new HeaderMap(kind, pseudo);
  for (const [name, value] of pairsOf(headers)) map.add(toByteString(name.toLowerCase()), toByteString(value));
  return map;
}

function pairsOf(headers: HeadersInit): (readonly [string, string])[] {
  if (Array.isArray(headers)) return headers as (readonly [string, string])[];
  const record = headers as Readonly<Record<string, string | readonly string[]>>;
  return Object.entries(record).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((one) => [name, one] as const),
  );
}

/** The pieces of a body; none where it is empty. */
export function piecesOf(body: BodyInit | undefined): Uint8Array[] {
  if (body === undefined) return [];
  const pieces = typeof body === "string" || body instanceof Uint8Array ? [body] : body;
  return pieces.map(toBytes).filter((piece) => piece.length > 0);
}

export function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? encoder.encode(content) : content;
}

/** Names the length of a body that is sent whole, as clients and servers do. */
export function addContentLength(map: HeaderMap, body: BodyInit | undefined): void {
  if (body === undefined || Array.isArray(body) || body.length === 0) return;
  if (!map.has("content-length") && !map.has("transfer-encoding")) {
    map.add("content-length", String(toBytes(body as string | Uint8Array).length));
  }
}
