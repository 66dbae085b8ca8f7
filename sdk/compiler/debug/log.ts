import { type DebugIndex, isLibrary, type Location, type SourcePlace } from "./map.ts";

/** One function of a backtrace, the innermost first. */
export interface Frame extends Partial<Location> {
  /** Bytes from the start of the module. */
  offset: number;
  functionIndex: number;
}

/** A failure of a filter, as a log tells it. */
export interface Trap {
  /** The filter's name; absent where no map is of its module. */
  filter?: string;
  /** Of the module that the map belongs to, in hex: to be compared with that of the module that ran. */
  sha256?: string;
  /** What the proxy had called. */
  callback: string;
  /** The engine's words. */
  reason: string;
  /** What the filter logged as critical right before: the text of an `assert`, a `throw` or an `abort`. */
  message?: string;
  /** The plugin's name in the proxy, where that message tells it. */
  plugin?: string;
  /** Empty where the module names no function: the proxy logs no backtrace then. */
  frames: Frame[];
}

/** Envoy's lines (proxy-wasm-cpp-host, `src/v8/v8.cc`, `V8::getFailMessage`), behind any prefix, before Istio's suffix. */
const FAILED = /Function: (\S+) failed: (.*)$/s;
const BACKTRACE = "Proxy-Wasm plugin in-VM backtrace:";
const FRAME = /^(.*\b\d+:\s+0x([0-9a-f]+) - )unknown\(function index:(\d+)\)(.*)$/;
/** A line of the filter's own begins thus, behind its level (Envoy, `source/extensions/common/wasm/context.cc`, `Context::log`). */
const SAID = "wasm log";
const THREAD = /^\[[^\]]*\]\[(\d+)\]|\tthread=(\d+)$/;
/** Threads whose last words are kept: a log may name any number. */
const MOST_THREADS = 256;
/** What is more belongs to no backtrace of a proxy's. */
const MOST_LINES = 128;
/** From so many frames on the outermost can be missing: what V8 keeps by default. (Envoy 1.40 logs up to 20.) */
const MOST_FRAMES = 10;

/** A trap whose lines are still coming. */
interface Open {
  trap: Trap;
  lines: string[];
  /** The parts of the line around the function, for each frame. */
  around: [before: string, after: string][];
}

/**
 * Says in a proxy's log where filters trapped. Lines of other things pass as they are.
 *
 *     const symbolizer = new LogSymbolizer([new DebugIndex(map)]);
 *     for (const line of log) for (const text of symbolizer.push(line)) console.log(text);
 *     for (const text of symbolizer.end()) console.log(text);
 */
export class LogSymbolizer {
  /** The traps so far. */
  readonly traps: Trap[] = [];
  readonly #maps: readonly DebugIndex[];
  /** What the filter last said on a thread, if nothing else came since. */
  readonly #said = new Map<string, { message: string; plugin: string }>();
  #open: Open | undefined;

  constructor(maps: readonly DebugIndex[]) {
    this.#maps = maps;
  }

  /** Takes the next line of the log, and gives those that can be printed now. */
  push(line: string): string[] {
    if (this.#open && this.#open.around.length < MOST_LINES) {
      const frame = FRAME.exec(line);
      if (frame) {
        const [, before, offset, index, after] = frame as unknown as [string, string, string, string, string];
        this.#open.trap.frames.push({ offset: Number.parseInt(offset, 16), functionIndex: Number(index) });
        this.#open.around.push([before, after]);
        return [];
      }
      if (line.includes(BACKTRACE)) {
        this.#open.lines.push(line);
        return [];
      }
    }
    const before = this.end();
    const failed = FAILED.exec(line);
    const thread = threadOf(line);
    if (failed) {
      const trap = { callback: failed[1]!, reason: withoutThread(failed[2]!), ...this.#said.get(thread), frames: [] };
      this.#open = { trap, lines: [line], around: [] };
      this.#said.delete(thread);
      return before;
    }
    this.#said.delete(thread);
    const said = criticalIn(line);
    if (said) this.#said.set(thread, said);
    for (const oldest of this.#said.keys()) if (this.#said.size > MOST_THREADS) this.#said.delete(oldest);
    return [...before, line];
  }

  /** The lines that still wait for more. */
  end(): string[] {
    const open = this.#open;
    if (!open) return [];
    this.#open = undefined;
    const { trap, lines, around } = open;
    this.traps.push(trap);
    const map = this.#maps.find((each) => isOf(each, trap));
    if (map) {
      const { filter, sha256 } = map.map.x_asmfilter;
      Object.assign(trap, { filter, sha256 });
      trap.frames = trap.frames.map((frame) => ({ ...frame, ...map.locate(frame.offset, frame.functionIndex) }));
    }
    const frames = trap.frames.map((frame, index) => {
      const [before, after] = around[index]!;
      return `${before}${describeFrame(frame)}${after}`;
    });
    return [...lines, ...frames, `=> ${describeTrap(trap)}`];
  }
}

/** What a filter logged as critical. Searched for by steps, since a log has strangers' text in it: no line may take long. */
function criticalIn(line: string): { message: string; plugin: string } | undefined {
  const level = line.search(/\bcritical\b/);
  const said = level < 0 ? -1 : line.indexOf(SAID, level);
  const colon = said < 0 ? -1 : line.indexOf(": ", said);
  if (colon < 0) return undefined;
  const [plugin = ""] = line
    .slice(said + SAID.length, colon)
    .trim()
    .split(" ", 1);
  return { plugin, message: withoutThread(line.slice(colon + 2)) };
}

function withoutThread(text: string): string {
  return text.replace(/\tthread=\d+$/, "");
}

function threadOf(line: string): string {
  const [, first, last] = THREAD.exec(line) ?? [];
  return first ?? last ?? "";
}

/**
 * Whether a backtrace can be of the map's module: all frames lie in the functions that they name, each was called by the next, and
 * the callback is among them. With another map, be it of an older build, that is hardly ever so.
 */
function isOf(map: DebugIndex, { callback, frames }: Trap): boolean {
  const isCalled = (callee: Frame, index: number) => {
    const caller = frames[index + 1];
    return map.has(callee.offset, callee.functionIndex) && (!caller || map.calls(caller.offset, callee.functionIndex));
  };
  if (frames.length === 0 || !frames.every(isCalled)) return false;
  return frames.length >= MOST_FRAMES || frames.some(({ functionIndex }) => map.isCallback(callback, functionIndex));
}

function describeFrame(frame: Frame): string {
  if (frame.function === undefined) return `unknown(function index:${frame.functionIndex})`;
  const { file, inlinedInto, near } = frame;
  const place = file === undefined ? "" : ` at ${placeOf(frame as SourcePlace)}`;
  const into = inlinedInto === undefined ? "" : `, inlined into ${inlinedInto}`;
  return `${frame.function}${place}${into}${near === undefined ? "" : `, near ${placeOf(near)} in ${near.function}`}`;
}

function placeOf({ file, line, column }: SourcePlace): string {
  return `${file}:${line}:${column}`;
}

/** One line: which filter trapped in which callback, where in the author's own code, and why. */
export function describeTrap({ filter, plugin, callback, reason, message, frames }: Trap): string {
  const why = `${callback} trapped${atOwn(frames)}: ${message ?? reason}`;
  if (filter !== undefined) return `${filter}: ${why}`;
  const what =
    frames.length === 0
      ? "there is no backtrace, since the module names no function; `asmfilter build` makes modules that do"
      : "no map that was given is of this module";
  return `${plugin ?? "a filter"}: ${why} (${what})`;
}

/** The innermost place in the author's own files; where there is none, in any. */
function atOwn(frames: readonly Frame[]): string {
  for (const frame of frames) {
    if (frame.file !== undefined && !isLibrary(frame.file))
      return ` at ${placeOf(frame as SourcePlace)} in ${frame.function}`;
    if (frame.near) return ` near ${placeOf(frame.near)} in ${frame.near.function}`;
  }
  const frame = frames.find(({ file }) => file !== undefined);
  return frame === undefined ? "" : ` at ${placeOf(frame as SourcePlace)} in ${frame.function}`;
}
