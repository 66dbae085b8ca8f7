/** A place of the module that came from a place of the source. */
export interface Mapping {
  /** Bytes from the start of the module. */
  offset: number;
  /** Index in the map's `sources`; absent where the code came from no source. */
  source?: number;
  /** From 0. */
  line?: number;
  /** From 0. */
  column?: number;
  /** Index in the map's `names`: the function that the author wrote, be it inlined into another. */
  name?: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/**
 * The `mappings` of a source map (ECMA-426) for a module, whose bytes are all on one line: numbers that differ from those
 * before are written as digits of five bits each, the lowest first, the sign below them.
 */
export function encodeMappings(mappings: readonly Mapping[]): string {
  const last = { offset: 0, source: 0, line: 0, column: 0, name: 0 };
  const step = (field: keyof typeof last, value: number): string => {
    const text = encodeNumber(value - last[field]);
    last[field] = value;
    return text;
  };
  const segments = mappings.map(({ offset, source, line = 0, column = 0, name }) => {
    let segment = step("offset", offset);
    if (source === undefined) return segment;
    segment += step("source", source) + step("line", line) + step("column", column);
    return name === undefined ? segment : segment + step("name", name);
  });
  return segments.join(",");
}

/** Reads what {@link encodeMappings} writes. @throws {RangeError} where it is something else */
export function decodeMappings(text: string): Mapping[] {
  const last = { offset: 0, source: 0, line: 0, column: 0, name: 0 };
  const fields = ["offset", "source", "line", "column", "name"] as const;
  if (text === "") return [];
  return text.split(",").map((segment) => {
    const steps = decodeSteps(segment);
    if (![1, 4, 5].includes(steps.length)) throw new RangeError(`"${segment}" is no mapping`);
    const mapping: Partial<Mapping> = {};
    steps.forEach((step, index) => {
      const field = fields[index]!;
      last[field] += step;
      mapping[field] = last[field];
    });
    return mapping as Mapping;
  });
}

/** Numbers in the digits of {@link encodeMappings}, each as its difference from the one `width` before. */
export function encodeNumbers(numbers: readonly number[], width: number): string {
  return numbers.map((number, index) => encodeNumber(number - (numbers[index - width] ?? 0))).join("");
}

/** Reads what {@link encodeNumbers} writes. @throws {RangeError} where it is something else */
export function decodeNumbers(text: string, width: number): number[] {
  const numbers: number[] = [];
  for (const step of decodeSteps(text)) numbers.push(step + (numbers[numbers.length - width] ?? 0));
  return numbers;
}

function encodeNumber(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

function decodeSteps(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = VALUES.get(character);
    if (digit === undefined || shift > 30) throw new RangeError(`"${text.slice(0, 40)}" is no mapping`);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    numbers.push(value % 2 === 1 ? -(value - 1) / 2 : value / 2);
    value = 0;
    shift = 0;
  }
  return numbers;
}
