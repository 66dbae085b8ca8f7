import { beforeAll, beforeEach, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";

const FILTER = `
import {
  Action, attributes, callForeignFunction, envoy, Expression, filter, Headers, HttpFilter, LifeSpan, log, properties, PropertyType,
} from "@asmfilter/sdk";

function or(bytes: Uint8Array | null): string { return bytes === null ? "(null)" : bytes.toString(); }

@filter("a")
class A extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const what = headers.getOr("x-do", "");
    if (what == "state") log.info(envoy.setFilterState(headers.getOr("x-name", ""), "é", LifeSpan.Connection).toString());
    if (what == "declare") {
      const schema = new Uint8Array(1);
      log.info(envoy.declareProperty("p", PropertyType.Protobuf, LifeSpan.Request, true, schema).toString());
    }
    if (what == "sign") log.info(or(envoy.sign("sha256", "pem", "text")) + " " + or(envoy.compress("x")));
    if (what == "verify") log.info(envoy.verifySignature("sha256", new Uint8Array(1), new Uint8Array(2), "text").toString());
    if (what == "raw") {
      const result = callForeignFunction(headers.getOr("x-name", ""), "é");
      log.info(result.status.toString() + " " + result.bytes.toString());
    }
    if (what == "expression") {
      const expression = Expression.compile("1 + 1");
      if (expression === null) log.info("none");
      else log.info(expression.integer(-1).toString() + expression.isTrue().toString() + expression.delete().toString());
    }
    if (what == "attributes") {
      const path = attributes.request.path;
      const zone = properties.getPairs("xds.node.metadata");
      log.info((path === null ? "(null)" : path) + " " + attributes.response.code.toString() + " " + attributes.connection.mtls.toString()
        + " " + or(attributes.xds.routeMetadata) + " " + properties.getDouble("n", -1).toString() + " " + (zone === null ? "(null)" : zone.join("+")));
    }
    return Action.Continue;
  }
}
`;

let wasm: Uint8Array;
let proxy: SmallProxy;

beforeAll(async () => {
  ({ wasm } = await compile(await guestFolder({ "assembly/index.ts": FILTER })));
});
beforeEach(() => {
  proxy = new SmallProxy(wasm);
  proxy.configure(undefined);
});

let id = 2;
function ask(what: string, name = ""): string[] {
  proxy.request(id++, [
    ["x-do", what],
    ["x-name", name],
  ]);
  return proxy.logs.splice(0);
}

/** Has a function answer, and gives what it was called with. */
function answering(name: string, answer: Uint8Array | number = new Uint8Array()): Uint8Array[] {
  const calls: Uint8Array[] = [];
  proxy.foreign.set(name, (argument) => {
    calls.push(argument);
    return answer;
  });
  return calls;
}
const bytes = (...parts: (number | string)[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part)))));

test("arguments are protobuf, whatever their length", () => {
  const calls = answering("set_envoy_filter_state");
  const long = "n".repeat(20_000);
  expect([...ask("state", "name"), ...ask("state"), ...ask("state", "n".repeat(200)), ...ask("state", long)]).toEqual(
    Array(4).fill("2 0"),
  );
  const rest = [0x12, 2, "é", 0x18, 2];
  expect(calls).toEqual([
    bytes(0x0a, 4, "name", ...rest),
    bytes(0x0a, 0, ...rest),
    bytes(0x0a, 200, 1, "n".repeat(200), ...rest),
    bytes(0x0a, 0xa0, 0x9c, 1, long, ...rest),
  ]);
});

test("a property is declared with its type, its life and its schema", () => {
  const calls = answering("declare_property", 2);
  expect(ask("declare")).toEqual(["2 2"]);
  expect(calls).toEqual([bytes(0x0a, 1, "p", 0x10, 1, 0x18, 3, 0x22, 1, 0, 0x28, 1)]);
});

test("of a signature only the bytes are taken, and none where there is none", () => {
  const calls = answering("sign", bytes(0x08, 1, 0x12, 3, 7, 8, 9, 0x1a, 0));
  expect(ask("sign")).toEqual(["2 7,8,9 (null)"]);
  expect(calls).toEqual([bytes(0x0a, 6, "sha256", 0x22, 3, "pem", 0x1a, 4, "text")]);
  for (const answer of [bytes(0x1a, 2, "no"), bytes(), bytes(0x12, 200)]) {
    answering("sign", answer);
    expect(ask("sign")[0]).toMatch(/^2 (\(null\)|) /);
  }
});

test("whether a signature fits is told apart from whether it could be told", () => {
  answering("verify_signature", bytes(0x08, 1));
  expect(ask("verify")).toEqual(["2 0"]);
  answering("verify_signature", bytes(0x12, 2, "no"));
  expect(ask("verify")).toEqual(["2 9"]);
  answering("verify_signature", 2);
  expect(ask("verify")).toEqual(["2 2"]);
});

test("any function is called by its name, and one that the proxy has not is NotFound", () => {
  const calls = answering("mine", bytes(1, 255));
  expect([...ask("raw", "mine"), ...ask("raw", "nobody's")]).toEqual(["2 0 1,255", "2 1 "]);
  expect(calls).toEqual([bytes("é")]);
});

test("an expression is evaluated and deleted by the number that it was given", () => {
  expect(ask("expression")).toEqual(["2 none"]);
  answering("expr_create", bytes(5, 0, 0, 0));
  const evaluated = answering("expr_evaluate", new Uint8Array(BigInt64Array.of(2n).buffer));
  const deleted = answering("expr_delete");
  expect(ask("expression")).toEqual(["2 2false0"]);
  expect([...evaluated, ...deleted]).toEqual(Array(3).fill(bytes(5, 0, 0, 0)));
});

test("an attribute that the proxy does not have is null, -1 or false", () => {
  expect(ask("attributes")).toEqual(["2 (null) -1 false (null) -1.0 (null)"]);
});

test("an attribute comes in its type", () => {
  proxy.properties.set("request\0path", "/p");
  proxy.properties.set("response\0code", new Uint8Array(BigInt64Array.of(404n).buffer));
  proxy.properties.set("connection\0mtls", bytes(1));
  proxy.properties.set("xds\0route_metadata", bytes(8, 1));
  proxy.properties.set("n", new Uint8Array(Float64Array.of(2.5).buffer));
  proxy.properties.set("xds\0node\0metadata", bytes(1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, "k", 0, "vv", 0));
  expect(ask("attributes")).toEqual(["2 /p 404 true 8,1 2.5 k,vv"]);
});
