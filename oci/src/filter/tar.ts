import { AsmFilterError } from "../errors.ts";

/** One entry of a tar archive; `content` yields its bytes and may be left unread. */
export interface TarEntry {
  readonly path: string;
  readonly isFile: boolean;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
// The longest path that Linux takes has 4,096 bytes.
const MAX_NAME_RECORD = 64 * 1024;

/**
 * Reads a tar archive (POSIX ustar, with pax and GNU names) as it streams, one entry at a time; nothing is written anywhere.
 *
 * @throws {AsmFilterError} `ASMF_OCI_ARCHIVE_INVALID` when it is damaged or ends early.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const input = new Input(source);
  let name: string | undefined;
  for (;;) {
    const header = await input.take(BLOCK);
    // The end: a block of zeros. Some writers just stop.
    if (header === undefined || header.every((byte) => byte === 0)) return;
    const { path, size, type } = parseHeader(header);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (type === "x" || type === "L") {
      if (size > MAX_NAME_RECORD) throw damaged("a name has more than 64 KiB");
      const record = await input.need(size);
      name = type === "L" ? text(record) : (paxPath(record) ?? name);
      await input.skip(padding);
      continue;
    }
    const body = new Body(input, size);
    // Links and folders have no content, whatever size their header says.
    if (type !== "g") yield { path: name ?? path, isFile: type === "0" || type === "\0", size, content: body };
    await input.skip(body.left + padding);
    if (type !== "g") name = undefined;
  }
}

function parseHeader(block: Uint8Array): { path: string; size: number; type: string } {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (octal(block.subarray(148, 156)) !== sum) throw damaged("a header's checksum does not fit");
  const isUstar = text(block.subarray(257, 262)) === "ustar";
  const prefix = isUstar ? text(block.subarray(345, 500)) : "";
  const name = text(block.subarray(0, 100));
  return {
    path: prefix === "" ? name : `${prefix}/${name}`,
    size: octal(block.subarray(124, 136)),
    type: String.fromCharCode(block[156]!),
  };
}

/** Octal digits, ended by NUL or space. GNU's binary form is for files over 8 GiB. */
function octal(field: Uint8Array): number {
  const digits = text(field).trim();
  if (!/^[0-7]{1,12}$/.test(digits)) throw damaged("a header's number is none");
  return Number.parseInt(digits, 8);
}

/** `LENGTH KEY=VALUE\n`, as often as needed (POSIX.1-2001, pax). */
function paxPath(record: Uint8Array): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < record.length; ) {
    const space = record.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(text(record.subarray(at, space)));
    if (!Number.isSafeInteger(length) || length <= space - at || at + length > record.length) {
      throw damaged("a pax record's length is none");
    }
    const [key, ...value] = text(record.subarray(space + 1, at + length - 1)).split("=");
    if (key === "path") found = value.join("=");
    // It would override the header's size, and readers that differ on it see different archives.
    if (key === "size") throw damaged("it has files over 8 GiB");
    at += length;
  }
  return found;
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** Bytes on demand from chunks of any length; holds one chunk. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At least one byte and at most `limit`; undefined at the end. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      this.#rest = value as Uint8Array<ArrayBuffer>;
    }
    const some = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(some.length);
    return some;
  }

  /** Exactly `length` bytes, undefined where there is none at all. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let left = length;
    while (left > 0) {
      const part = await this.some(left);
      if (part === undefined && left === length) return undefined;
      if (part === undefined) throw damaged("it ends early");
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  async need(length: number): Promise<Uint8Array> {
    const bytes = await this.take(length);
    if (bytes === undefined && length > 0) throw damaged("it ends early");
    return bytes ?? new Uint8Array();
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const part = await this.some(left);
      if (part === undefined) throw damaged("it ends early");
      left -= part.length;
    }
  }
}

class Body implements AsyncIterable<Uint8Array> {
  readonly #input: Input;
  left: number;

  constructor(input: Input, size: number) {
    this.#input = input;
    this.left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (this.left > 0) {
      const part = await this.#input.some(this.left);
      if (part === undefined) throw damaged("it ends early");
      this.left -= part.length;
      yield part;
    }
  }
}

export function damaged(why: string, cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_ARCHIVE_INVALID", `the module's archive cannot be read: ${why}`, {
    hint: "Push the filter again; `asmfilter push` writes a form that needs no archive.",
    cause,
  });
}
