import { toLowerCase, toText } from "../byte-string.ts";
import type { HeaderMap } from "../header-map.ts";
import type { PropertyValue } from "../properties.ts";

/** What the properties of a stream are told from. */
export interface StreamFacts {
  readonly request: HeaderMap | undefined;
  readonly response: HeaderMap | undefined;
  /** Known from the response's headers on. */
  readonly details: string | undefined;
  /** Likewise, and to the end, unlike the headers. */
  readonly status: string | undefined;
  readonly startTime: number;
  /** Bytes of the body so far. */
  readonly requestSize: number;
  readonly responseSize: number;
}

/** Attributes that are a header by another name (Envoy, source/extensions/filters/common/expr/context.cc). */
const requestHeaders: ReadonlyMap<string, string> = new Map([
  ["path", ":path"],
  ["host", ":authority"],
  ["scheme", ":scheme"],
  ["method", ":method"],
  ["referer", "referer"],
  ["id", "x-request-id"],
  ["useragent", "user-agent"],
]);

/** Properties that follow from the stream itself, of `request` and `response`. */
export function streamProperty(path: readonly string[], facts: StreamFacts): PropertyValue | undefined {
  const [subject, name, key] = path;
  if (subject === "request" && name !== undefined) return requestProperty(name, key, facts);
  if (subject === "response" && name !== undefined) return responseProperty(name, key, facts);
  return undefined;
}

function requestProperty(name: string, key: string | undefined, facts: StreamFacts): PropertyValue | undefined {
  if (name === "time") return new Date(facts.startTime);
  if (name === "protocol") return "HTTP/1.1";
  const { request } = facts;
  if (name === "size") return integer(request?.get("content-length")) ?? BigInt(facts.requestSize);
  if (!request) return undefined;
  if (name === "headers") return headersProperty(request, key);
  if (name === "url_path") return request.get(":path")?.split("?", 1)[0];
  if (name === "query") return queryOf(request.get(":path"));
  const header = requestHeaders.get(name);
  const value = header && request.get(header);
  return value === undefined ? undefined : toText(value);
}

function responseProperty(name: string, key: string | undefined, facts: StreamFacts): PropertyValue | undefined {
  const { response } = facts;
  if (name === "size") return BigInt(facts.responseSize);
  if (name === "flags") return 0n;
  if (name === "code_details") return facts.details;
  if (name === "code") return integer(facts.status);
  return name === "headers" && response ? headersProperty(response, key) : undefined;
}

/** A header as a number; filters may have set it to anything. */
function integer(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

function headersProperty(map: HeaderMap, key: string | undefined): PropertyValue | undefined {
  if (key === undefined) return Object.fromEntries(map.entries().map(([name, value]) => [toText(name), toText(value)]));
  const values = map.entries().filter(([name]) => name === toLowerCase(key));
  return values.length === 0 ? undefined : toText(values.map(([, value]) => value).join(","));
}

function queryOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const question = path.indexOf("?");
  return question < 0 ? "" : path.slice(question + 1);
}
