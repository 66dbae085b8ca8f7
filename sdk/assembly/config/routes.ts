/** Parameters for some hosts and paths, resolved for each request. */
import { readHeader } from "../abi/headers";
import { MapType, Status } from "../abi/types";
import { Headers } from "../http/headers";
import { release, reserve, resultAddress, resultLength } from "../memory/scratch";
import { encode, encodedLength, utf8 } from "../memory/text";
import { fieldIs, nextElement, nextField, openList, openObject, read, refuseField } from "./reader";
import { fail, failed } from "./failure";
import { ANY_HOST, PATH, pathLength, PREFIX, RouteTable } from "./route-table";

/**
 * Parameters of the class `V` for some hosts and paths: Envoy has one configuration of a filter for all its routes. In
 * the configuration it is a list of rules, each with what it applies to and the fields of `V`:
 *
 *     limits:
 *       - { match: { hosts: [a.example, "*.example.org"], prefixes: [/api] }, rate: 5 }
 *       - { match: { paths: [/login] }, rate: 1 }
 *       - { rate: 100 }
 *
 * Of the rules that match a request the one for the most particular host counts: one that is named before
 * `*.example.org`, that before `*.org`, that before a rule for all hosts. Among those of one host a whole path counts
 * before a prefix, and a longer prefix before a shorter. The order in the list does not matter: two rules that say the
 * same host and the same path are refused with the configuration. A prefix ends where a segment does: `/api` is
 * `/api`, `/api/` and `/api/v1`, not `/apis`. Hosts are compared without their port, without a
 * dot at the end and in lower case, paths without their query and as they are: normalise them in the proxy
 * (`normalize_path`), not here. All rules together may have 262,144 pairs of a host and a path.
 *
 * How long it takes does not depend on the number of rules, and nothing is allocated.
 *
 *     @config class Limits { rate: u32 = 100; }
 *     @config class Config { limits: Routes<Limits> = new Routes<Limits>(); }
 *
 *     const limits = this.config.limits.of(headers);
 *     if (limits !== null && limits.rate == 0) return respond(403);
 */
export class Routes<V> extends RouteTable {
  private values: V[] = [];

  /** How many rules there are. */
  get length(): i32 {
    return this.values.length;
  }

  /**
   * The parameters for a request, by its `:authority` and `:path`; null where no rule matches. In a callback in which
   * the request's headers are there: keep the answer in a field of the filter for later ones.
   */
  of(headers: Headers): V | null {
    // A handle is the number of its map, raised by one.
    const map = <MapType>(changetype<usize>(headers) - 1);
    const hostStatus = readHeader(map, utf8(":authority"));
    const host = hostStatus == Status.Ok ? resultAddress() : 0;
    const hostLength = host ? resultLength() : 0;
    const pathStatus = readHeader(map, utf8(":path"));
    const path = pathStatus == Status.Ok ? resultAddress() : 0;
    const value = this.at(this.ruleOf(host, hostLength, path, pathLength(path, path ? resultLength() : 0)));
    release(path);
    release(host);
    return value;
  }

  /** The parameters for a host, with or without a port, and a path, with or without a query. */
  match(host: string, path: string): V | null {
    const hostAt = encode(host);
    const hostLength = encodedLength;
    const pathAt = encode(path);
    const value = this.at(this.ruleOf(hostAt, hostLength, pathAt, pathLength(pathAt, encodedLength)));
    release(pathAt);
    release(hostAt);
    return value;
  }

  private at(rule: i32): V | null {
    return rule < 0 ? null : unchecked(this.values[rule]);
  }

  /** Takes the next rule. Written for the reader. */
  _add(value: V): void {
    this.values.push(value);
  }
}

/** What the rule that is read now applies to. */
class Match {
  hosts: string[] = [];
  paths: string[] = [];
  prefixes: string[] = [];
}

// Lazy: a filter without Routes has no use for them.
// @ts-ignore: decorator
@lazy let match: Match | null = null;
/** Whether the object that is read next is a rule, which may have a `match`. */
// @ts-ignore: decorator
@lazy let ruleIsNext = false;

/** Whether the object that is read now is a rule. */
export function takeRule(): bool {
  const isRule = ruleIsNext;
  ruleIsNext = false;
  return isRule;
}

/** Reads the list of rules. */
export function readRoutes<V>(): Routes<V> {
  const routes = new Routes<V>();
  for (let more = openList(); more; more = nextElement()) {
    const applies = new Match();
    match = applies;
    ruleIsNext = true;
    const value = instantiate<V>();
    value._read();
    if (!failed) lead(routes, applies, routes.length);
    routes._add(value);
  }
  match = null;
  ruleIsNext = false;
  return routes;
}

/** Reads what a rule applies to. */
export function readMatch(): void {
  const into = match;
  if (into === null) return;
  // Of two fields of one name the last counts, as for all readers of JSON that take both.
  into.hosts = into.paths = into.prefixes = [];
  for (let more = openObject(); more; more = nextField()) {
    if (fieldIs(utf8("hosts"))) into.hosts = readTexts(true);
    else if (fieldIs(utf8("paths"))) into.paths = readTexts(false);
    else if (fieldIs(utf8("prefixes"))) into.prefixes = readTexts(false);
    else refuseField(utf8("hosts, paths, prefixes"));
  }
}

function readTexts(areHosts: bool): string[] {
  const texts: string[] = [];
  for (let more = openList(); more; more = nextElement()) {
    const text = read<string>();
    if (areHosts && !isHost(text)) fail(utf8("expected a host such as a.example or *.example.org, without a port"));
    if (!areHosts && !isPath(text)) fail(utf8("expected a path that begins with / and has no query"));
    texts.push(text);
  }
  if (!texts.length) fail(utf8("expected at least 1 elements"));
  return texts;
}

/** The schema says the same as a pattern. */
function isHost(text: string): bool {
  const length = text.length;
  if (length > 2 && text.charCodeAt(0) == 0x5b) {
    for (let i = 1; i < length - 1; i++) {
      const unit: u32 = text.charCodeAt(i);
      if (!(unit - 0x30 < 11 || (unit | 0x20) - 0x61 < 6 || unit == 0x2e)) return false;
    }
    return text.charCodeAt(length - 1) == 0x5d;
  }
  let i = text.charCodeAt(0) == 0x2a && text.charCodeAt(1) == 0x2e ? 2 : 0;
  if (i == length) return false;
  for (; i < length; i++) {
    const unit: u32 = text.charCodeAt(i);
    if (!(unit - 0x30 < 10 || (unit | 0x20) - 0x61 < 26 || unit == 0x2e || unit == 0x2d || unit == 0x5f)) return false;
  }
  return true;
}

function isPath(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit == 0x3f || unit == 0x23) return false;
  }
  return text.charCodeAt(0) == 0x2f;
}

/** Leads from all that a rule applies to to its number. */
function lead(table: RouteTable, applies: Match, rule: i32): void {
  const hosts = applies.hosts;
  if (!hosts.length) leadPaths(table, ANY_HOST, applies, rule);
  for (let i = 0; i < hosts.length && !failed; i++) {
    const at = encode(hosts[i]);
    const number = table.hostNumber(at, encodedLength);
    release(at);
    leadPaths(table, number, applies, rule);
  }
}

function leadPaths(table: RouteTable, host: u32, applies: Match, rule: i32): void {
  const paths = applies.paths;
  const prefixes = applies.prefixes;
  for (let i = 0; i < paths.length && !failed; i++) leadPath(table, host, PATH, paths[i], rule);
  for (let i = 0; i < prefixes.length && !failed; i++) leadPath(table, host, PREFIX, prefixes[i], rule);
  if (!paths.length && !prefixes.length) leadPath(table, host, PREFIX, "", rule);
}

function leadPath(table: RouteTable, host: u32, kind: u32, path: string, rule: i32): void {
  if (table.isFull) fail(utf8("more than 262144 hosts and paths"));
  const at = encode(path);
  let length = encodedLength;
  while (kind == PREFIX && length && load<u8>(at + length - 1) == 0x2f) length--;
  const other = table.lead(host, kind, at, length, rule);
  release(at);
  if (other >= 0) refuseTie(other);
}

function refuseTie(other: u32): void {
  const detail = reserve(12);
  let digits: usize = 1;
  for (let rest = other; rest > 9; rest /= 10) digits++;
  store<u16>(detail, digits);
  for (let i = digits; i > 0; other /= 10) store<u8>(detail + 1 + i--, 0x30 + (other % 10));
  fail(utf8("matches the same host and path as the rule at "), detail);
  release(detail);
}
