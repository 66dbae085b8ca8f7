import { LAST_CODE_POINT, parseRegex, type Regex, type Span } from "./regex.ts";

/** An automaton that has one state at a time, so that a text is decided in one pass. */
export interface Automaton {
  /** Where each class of code points begins; it ends where the next one does. */
  classes: number[];
  /** The first is where a text begins. */
  states: { accepts: boolean; next: number[] }[];
}

/** What a module should not be asked to carry for one pattern. */
const MOST_STATES = 255;
const MOST_CLASSES = 255;
const MOST_BYTES = 4096;

/** A place in the expression, and where it leads to: by a character of the spans, or by itself. */
interface Place {
  spans?: Span[];
  to: Place[];
  /** Passed only where the text begins, or ends. */
  only?: "start" | "end";
}

/**
 * The automaton for a pattern of JSON Schema, which may fit anywhere in the text unless it is anchored.
 * @throws {Error} where it looks around, refers back, or becomes too large
 */
export function compilePattern(pattern: string): Automaton {
  const found: Place = { to: [] };
  const begin = build(parseRegex(pattern), found);
  const classes = classesOf(begin);
  if (classes.length > MOST_CLASSES) throw new Error(`it tells more than ${MOST_CLASSES} classes of characters apart`);
  const subsets = new Subsets(begin, found);
  subsets.numberOf(closure([begin], { start: true, end: false }));
  const states: Automaton["states"] = [];
  for (const [number, set] of subsets.sets.entries()) {
    const next = classes.map((code) => {
      if (set.has(found)) return number;
      const moved = [...set].filter(({ spans }) => spans?.some(([first, last]) => first <= code && code <= last));
      return subsets.numberOf(closure([...moved.flatMap(({ to }) => to), begin], { start: false, end: false }));
    });
    // The start was passed, or not, when the set was made: only the end is still to come.
    states.push({ accepts: closure([...set], { start: false, end: true }).has(found), next });
  }
  if (states.length * (classes.length + 1) > MOST_BYTES) throw new Error(`it needs more than ${MOST_BYTES} bytes`);
  return { classes, states };
}

/** Sets of places, each of which is a state (the subset construction). */
class Subsets {
  /** By their numbers; it grows while the states of those that are there are made. */
  readonly sets: Set<Place>[] = [];
  readonly #found: Place;
  readonly #places: Map<Place, number>;
  readonly #numbers = new Map<string, number>();

  constructor(begin: Place, found: Place) {
    this.#found = found;
    this.#places = new Map([...reachable(begin)].map((place, index) => [place, index]));
  }

  numberOf(set: Set<Place>): number {
    // Once found, the rest of the text does not matter.
    const settled = set.has(this.#found) ? new Set([this.#found]) : set;
    const name = [...settled]
      .map((place) => this.#places.get(place) ?? -1)
      .sort((a, b) => a - b)
      .join(" ");
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.sets.length === MOST_STATES) throw new Error(`it needs more than ${MOST_STATES} states`);
    this.#numbers.set(name, this.sets.length);
    return this.sets.push(settled) - 1;
  }
}

/** Makes the places of an expression that leads on to `next`, and answers where it begins. */
function build(regex: Regex, next: Place): Place {
  switch (regex.kind) {
    case "set":
      return { spans: regex.spans, to: [next] };
    case "start":
    case "end":
      return { only: regex.kind, to: [next] };
    case "all":
      return regex.parts.reduceRight((after, part) => build(part, after), next);
    case "any":
      return { to: regex.parts.map((part) => build(part, next)) };
    case "repeat":
      return buildRepeat(regex, next);
  }
}

function buildRepeat({ part, least, most }: Regex & { kind: "repeat" }, next: Place): Place {
  let begin: Place = next;
  if (most === Number.POSITIVE_INFINITY) {
    begin = { to: [next] };
    begin.to.push(build(part, begin));
  } else {
    if (most > MOST_STATES) throw new Error(`it repeats a part more than ${MOST_STATES} times`);
    for (let i = least; i < most; i++) begin = { to: [build(part, begin), next] };
  }
  if (least > MOST_STATES) throw new Error(`it repeats a part more than ${MOST_STATES} times`);
  for (let i = 0; i < least; i++) begin = build(part, begin);
  return begin;
}

/** The places that are reached from these without a character. */
function closure(places: Place[], passes: { start: boolean; end: boolean }): Set<Place> {
  const reached = new Set<Place>();
  const open = [...places];
  for (let place = open.pop(); place; place = open.pop()) {
    if (reached.has(place)) continue;
    reached.add(place);
    if (!place.spans && (!place.only || passes[place.only])) open.push(...place.to);
  }
  return reached;
}

function reachable(begin: Place): Set<Place> {
  const seen = new Set<Place>();
  const open = [begin];
  for (let place = open.pop(); place; place = open.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    open.push(...place.to);
  }
  return seen;
}

/** Code points that no part of the expression tells apart are one class. */
function classesOf(begin: Place): number[] {
  const spans = [...reachable(begin)].flatMap((place) => place.spans ?? []);
  const borders = new Set([0, ...spans.flatMap(([first, last]) => [first, last + 1])]);
  borders.delete(LAST_CODE_POINT + 1);
  return [...borders].sort((a, b) => a - b);
}

/**
 * The automaton as the SDK's `matches` reads it: the number of classes, the beginning of each in four bytes, and for
 * each state whether the text may end there, and a byte for each class that says which state is next.
 */
export function patternBytes({ classes, states }: Automaton): number[] {
  const begins = classes.flatMap((code) => [code & 0xff, (code >> 8) & 0xff, code >> 16, 0]);
  return [classes.length, ...begins, ...states.flatMap(({ accepts, next }) => [accepts ? 1 : 0, ...next])];
}
