/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const parameter = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+\-.^_`|~0-9A-Za-z]+))/y;

/** Reads `WWW-Authenticate` (RFC 9110, section 11.6.1): `Bearer realm="…",service="…", Basic realm="…"`. What makes no sense ends the reading. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let position = 0;
  const match = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = position;
    const found = expression.exec(header);
    if (found !== null) position = expression.lastIndex;
    return found;
  };
  const skip = () => match(/[\s,]*/y);

  skip();
  while (position < header.length) {
    const found = match(parameter);
    const current = challenges.at(-1);
    if (found !== null && current !== undefined) {
      (current.parameters as Record<string, string>)[found[1]!.toLowerCase()] =
        found[3] ?? found[2]!.replace(/\\(.)/g, "$1");
    } else {
      const scheme = found === null ? match(token) : null;
      if (scheme === null) break;
      challenges.push({ scheme: scheme[0].toLowerCase(), parameters: Object.create(null) });
    }
    skip();
  }
  return challenges;
}
