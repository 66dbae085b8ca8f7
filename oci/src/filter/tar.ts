import { AsmFilterError } from "../errors.ts";

/** One entry of a tar archive; `content` yields its bytes and may be left unread. */
export interface TarEntry {
  readonly path: string;
  readonly isFile: boolean;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
// A byte order mark is part of a name.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
// The longest path that Linux takes has 4,096 bytes.
const MAX_NAME_RECORD = 64 * 1024;

/**
 * Reads a tar archive (POSIX ustar, with pax and GNU names) as it streams, one entry at a time; nothing is written anywhere.
 * What Go's archive/tar, and so the Istio agent, reads otherwise is refused: one digest must not be two modules.
 *
 * @throws {AsmFilterError} `ASMF_OCI_ARCHIVE_INVALID` when it is damaged, ends early, or means different things to different readers.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const input = new Input(source);
  let name: string | undefined;
  const named = new Set<string>();
  for (;;) {
    const header = await input.take(BLOCK);
    // The end: a block of zeros. Some writers just stop.
    if (header === undefined || header.every((byte) => byte === 0)) return;
    const { path, size, type } = parseHeader(header);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (type === "x" || type === "L" || type === "K") {
      if (size > MAX_NAME_RECORD) throw damaged("a name has more than 64 KiB");
      // K is the target of a link. Of two others, Go takes GNU's, or the last.
      if (named.has(type) || (type !== "K" && named.has(type === "x" ? "L" : "x")))
        throw damaged("a file has two names");
      named.add(type);
      const record = await input.need(size);
      if (type === "L") name = text(record);
      if (type === "x") name = paxPath(record);
      if (name === "") throw damaged("a name is empty");
      await input.skip(padding);
      continue;
    }
    const isFile = type === "0" || type === "\0";
    const entry = { path: name ?? path, isFile, size, content: new Body(input, size) };
    checkMeaning(entry, type, named.size > 0);
    yield entry;
    await input.skip(entry.content.left + padding);
    name = undefined;
    named.clear();
  }
}

/** Refuses what Go's archive/tar reads otherwise (reader.go: next, readHeader, isHeaderOnly). */
function checkMeaning({ path, isFile, size }: TarEntry, type: string, isNamed: boolean): void {
  // Links, devices, folders and pipes have no content there, whatever their header says.
  if (/[1-6]/.test(type) && size > 0) throw damaged("a link or folder has a size");
  if (isFile && path.endsWith("/")) throw damaged("a file is named like a folder");
  if (type === "S") throw damaged("it has sparse files");
  if (type === "g" && isNamed) throw damaged("a name is for no file");
}

function parseHeader(block: Uint8Array): { path: string; size: number; type: string } {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (octal(block.subarray(148, 156)) !== sum) throw damaged("a header's checksum does not fit");
  const isUstar = block[262] === 0 && text(block.subarray(257, 263)) === "ustar";
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
    const digits = space < 0 ? "" : text(record.subarray(at, space));
    const length = /^[1-9][0-9]{0,5}$/.test(digits) ? Number(digits) : 0;
    if (length <= space - at + 1 || at + length > record.length || record[at + length - 1] !== 0x0a) {
      throw damaged("a pax record's length is none");
    }
    const [key = "", ...value] = decoder.decode(record.subarray(space + 1, at + length - 1)).split("=");
    if (key === "path") found = value.join("=");
    // A NUL ends a name for some. The others override the header's size and name.
    if (found?.includes("\0")) throw damaged("a name holds a NUL");
    if (key === "size") throw damaged("it has files over 8 GiB");
    if (key.startsWith("GNU.sparse.")) throw damaged("it has sparse files");
    at += length;
  }
  return found;
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
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
