import { percentDecodeLenient, percentEncodeWith } from "./percent";

/** A name and value, and the text that they came from, which is kept while they are not changed. */
class Parameter {
  constructor(
    readonly name: string,
    public value: string,
    public text: string,
  ) {}
}

/**
 * The parameters of a query, in their order, read as browsers and `URLSearchParams` read them: `+` is a space, what is
 * wrongly encoded stays as it is. `toString` gives back those that were not changed letter by letter, so that a filter
 * which removes one parameter does not encode the others anew; signatures over them stay right.
 */
export class Query {
  private readonly all: Parameter[] = [];

  /** Reads what stands behind the `?`. */
  static parse(text: string): Query {
    const query = new Query();
    for (let start = 0; start < text.length; ) {
      let end = text.indexOf("&", start);
      if (end < 0) end = text.length;
      if (end > start) query.all.push(parameterOf(text.substring(start, end)));
      start = end + 1;
    }
    return query;
  }

  /** How many there are. */
  get length(): i32 {
    return this.all.length;
  }

  /** The name of the one at an index below `length`. */
  nameAt(index: i32): string {
    return this.all[index].name;
  }

  /** Its value. */
  valueAt(index: i32): string {
    return this.all[index].value;
  }

  /** The first value; null when the name is missing, `""` when it is there without one: compare with `=== null`. */
  get(name: string): string | null {
    const at = this.find(name);
    return at < 0 ? null : this.all[at].value;
  }

  /** All values of the name. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let i = 0; i < this.all.length; i++) if (this.all[i].name == name) values.push(this.all[i].value);
    return values;
  }

  has(name: string): bool {
    return this.find(name) >= 0;
  }

  /** Puts the value in the place of the first of this name, and removes the others; adds it if there is none. */
  set(name: string, value: string): void {
    const at = this.find(name);
    if (at < 0) {
      this.append(name, value);
      return;
    }
    const parameter = this.all[at];
    parameter.value = value;
    parameter.text = textOf(name, value);
    this.removeFrom(name, at + 1);
  }

  /** Adds one behind all others. */
  append(name: string, value: string): void {
    this.all.push(new Parameter(name, value, textOf(name, value)));
  }

  /** Removes all of the name. Whether there were any. */
  remove(name: string): bool {
    return this.removeFrom(name, 0);
  }

  /** The query without `?`; `""` if there are no parameters. */
  toString(): string {
    const texts = new Array<string>(this.all.length);
    for (let i = 0; i < texts.length; i++) texts[i] = this.all[i].text;
    return texts.join("&");
  }

  private find(name: string): i32 {
    for (let i = 0; i < this.all.length; i++) if (this.all[i].name == name) return i;
    return -1;
  }

  private removeFrom(name: string, start: i32): bool {
    const all = this.all;
    let kept = start;
    for (let i = start; i < all.length; i++) {
      if (all[i].name != name) all[kept++] = all[i];
    }
    const removed = all.length > kept;
    all.length = kept;
    return removed;
  }
}

function parameterOf(text: string): Parameter {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.substring(0, equals);
  const value = equals < 0 ? "" : text.substring(equals + 1);
  return new Parameter(percentDecodeLenient(name, true), percentDecodeLenient(value, true), text);
}

/** As `application/x-www-form-urlencoded` is written (https://url.spec.whatwg.org/#urlencoded-serializing). */
function textOf(name: string, value: string): string {
  return percentEncodeWith(name, "*-._", true) + "=" + percentEncodeWith(value, "*-._", true);
}
