import type { OutgoingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { BodyInit, HeadersInit } from "@asmfilter/host/testing";

/** A message to send. */
export interface Content {
  readonly headers?: HeadersInit;
  /** In a list, each piece is to arrive on its own. */
  readonly body?: BodyInit;
  readonly trailers?: HeadersInit;
}

/** Milliseconds between two pieces of a body, in which Envoy reads the first. */
const pace = 100;

/** Names and values by turns, as Node wants those that it should leave alone; the length of a body that is sent whole comes last. */
export function rawHeaders({ headers, body }: Content): string[] {
  const pairs = headerPairs(headers);
  if (isWhole(body)) pairs.push(["content-length", String(Buffer.byteLength(body))]);
  return pairs.flatMap(([name, value]) => [toWire(name.toLowerCase()), toWire(value)]);
}

export async function sendBody(message: OutgoingMessage, { body, trailers }: Content): Promise<void> {
  const pieces = body === undefined || body.length === 0 ? [] : isWhole(body) ? [body] : (body as readonly string[]);
  for (const piece of pieces.slice(0, -1)) {
    message.write(piece);
    await sleep(pace);
  }
  if (trailers) message.addTrailers(headerPairs(trailers));
  message.end(pieces.at(-1));
}

/** What Node received as names and values by turns, names in lower case. */
export function receivedPairs(raw: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) pairs.push([fromWire(raw[i]!).toLowerCase(), fromWire(raw[i + 1]!)]);
  return pairs;
}

/** Headers as a list of pairs. */
export function headerPairs(headers: HeadersInit = {}): [string, string][] {
  if (Array.isArray(headers)) return headers.map(([name, value]) => [name, value]);
  return Object.entries(headers as Readonly<Record<string, string | readonly string[]>>).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
}

function isWhole(body: BodyInit | undefined): body is string | Uint8Array {
  return body !== undefined && !Array.isArray(body) && body.length > 0;
}

// Node takes each character of a header for a byte.
function toWire(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function fromWire(text: string): string {
  return Buffer.from(text, "latin1").toString();
}
