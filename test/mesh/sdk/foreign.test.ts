import { createVerify, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Envoy, requirePart } from "../../stack/index.ts";
import { cluster, listener } from "../same-answer/envoy-config.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = {
  public: publicKey.export({ type: "spki", format: "pem" }),
  private: privateKey.export({ type: "pkcs8", format: "pem" }),
};
const der = {
  public: publicKey.export({ type: "spki", format: "der" }),
  private: privateKey.export({ type: "pkcs8", format: "der" }),
};

const FILTERS = `
import {
  Action, callForeignFunction, envoy, Expression, filter, Headers, HttpFilter, LifeSpan, properties, PropertyType, respond, root, RootContext, Status,
} from "@asmfilter/sdk";

const PUBLIC = ${JSON.stringify(pem.public)};
const PRIVATE = ${JSON.stringify(pem.private)};
const PUBLIC_DER: u8[] = [${[...der.public].join(",")}];
const PRIVATE_DER: u8[] = [${[...der.private].join(",")}];

function bytesOf(array: u8[]): Uint8Array { const bytes = new Uint8Array(array.length); bytes.set(array); return bytes; }
function hex(bytes: Uint8Array | null): string {
  if (bytes === null) return "(null)";
  let out = "";
  for (let i = 0; i < bytes.length; i++) out += (bytes[i] < 16 ? "0" : "") + (<i32>bytes[i]).toString(16);
  return out;
}
function or(text: string | null): string { return text === null ? "(null)" : text; }
function ofHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = <u8>I32.parseInt(text.substr(2 * i, 2), 16);
  return bytes;
}

let isPost: Expression | null = null;
let declared = "";

@root("asks")
class Root extends RootContext {
  onConfigure(): bool {
    isPost = Expression.compile("request.method == 'POST'");
    declared = envoy.declareProperty("told", PropertyType.Text, LifeSpan.Connection, true).toString()
      + envoy.declareProperty("told", PropertyType.Text).toString();
    return isPost !== null;
  }
}

@filter("asks")
class Asks extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const what = headers.getOr(":path", "");
    const text = headers.getOr("x-text", "");
    if (what == "/route") {
      envoy.setFilterState("envoy.string", "second");
      if (text != "kept" && envoy.clearRouteCache() != Status.Ok) return respond(500);
      return Action.Continue;
    }
    if (what == "/host") {
      headers.set(":authority", text);
      return Action.Continue;
    }
    if (what == "/expression") {
      const expression = isPost;
      if (expression === null) return respond(500);
      const broken = Expression.compile("request.method ==");
      const path = Expression.compile("request.path + '!'");
      const number = Expression.compile("size(request.path) * 2");
      const nowhere = Expression.compile("request.headers['nobody'] == 'x'");
      if (path === null || number === null || nowhere === null) return respond(500);
      const said = [expression.isTrue().toString(), (broken === null).toString(), or(path.text()), number.integer(-1).toString(),
        nowhere.evaluate().status.toString(), nowhere.isTrue().toString(), path.delete().toString(), path.evaluate().status.toString()];
      return respond(200, said.join(" "));
    }
    if (what == "/compress") return respond(200, hex(envoy.compress(text)));
    if (what == "/uncompress") {
      const back = envoy.uncompress(ofHex(text));
      return respond(200, back === null ? "(null)" : String.UTF8.decode(back.buffer));
    }
    if (what == "/sign") {
      const signature = envoy.sign("sha256", text == "der" ? "" : PRIVATE, text);
      return respond(200, hex(text == "der" ? envoy.sign("sha256", bytesOf(PRIVATE_DER), text) : signature));
    }
    if (what == "/unsigned") {
      return respond(200, (envoy.sign("nonsense", PRIVATE, text) === null).toString() + (envoy.sign("sha256", "no key", text) === null).toString());
    }
    if (what == "/verify") {
      const signature = ofHex(headers.getOr("x-signature", ""));
      const said = [envoy.verifySignature("sha256", PUBLIC, signature, text), envoy.verifySignature("sha256", bytesOf(PUBLIC_DER), signature, text),
        envoy.verifySignature("sha256", PUBLIC, signature, text + "!"), envoy.verifySignature("sha256", "no key", signature, text),
        envoy.verifySignature("nonsense", PUBLIC, signature, text)];
      return respond(200, said.join(" "));
    }
    if (what == "/state") {
      const said = [envoy.setFilterState("envoy.string", text), envoy.setFilterState("nobody.knows", text),
        envoy.setFilterState("envoy.network.upstream_subject_alt_names", text, LifeSpan.Connection)];
      return respond(200, said.join(" ") + " " + or(properties.getString("filter_state\\0envoy.string")));
    }
    if (what == "/declared") {
      const before = or(properties.getString("told"));
      const status = properties.setString("told", text);
      return respond(200, declared + " " + before + " " + status.toString() + " " + or(properties.getString("told")));
    }
    if (what == "/unknown") {
      const result = callForeignFunction("nobody", "x");
      return respond(200, result.status.toString() + " " + result.bytes.length.toString());
    }
    return Action.Continue;
  }
}
`;

let envoy: FiltersInEnvoy;
const server = createServer((request, response) => response.end(request.url));

beforeEach((context) => requirePart(context, Envoy));
beforeAll(async () => {
  if (Envoy.missing()) return;
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const port = (server.address() as AddressInfo).port;
  envoy = await FiltersInEnvoy.start(FILTERS, {
    clusters: [cluster("asks", port)],
    listeners: (module) => {
      const { "@type": _, ...config } = listener("asks", module, {
        name: "",
        steps: [],
        rootID: "asks",
      }) as ListenerConfig;
      const filter_state = [{ key: "envoy.string", string_match: { exact: "second" } }];
      const { virtual_hosts } = config.filter_chains[0].filters[0].typed_config.route_config;
      virtual_hosts[0]!.routes.unshift({ match: { prefix: "/", filter_state }, ...answering("second") });
      const toCanary = { match: { prefix: "/" }, ...answering("canary") };
      virtual_hosts.push({ name: "canary", domains: ["canary.example.com"], routes: [toCanary] });
      return [config];
    },
  });
});
afterAll(async () => {
  await envoy?.stop();
  agent.destroy();
  server.close();
});

interface ListenerConfig {
  "@type": string;
  filter_chains: [{ filters: [{ typed_config: { route_config: { virtual_hosts: VirtualHost[] } } }] }];
}

interface VirtualHost {
  name: string;
  domains: string[];
  routes: object[];
}

/** A route that leads to no cluster. */
const answering = (text: string) => ({ direct_response: { status: 200, body: { inline_string: text } } });

/** All requests go over one connection. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<string> {
  const options = { host: "127.0.0.1", port: await envoy.port("asks"), agent, path, headers, method };
  const [response] = (await once(request(options).end(), "response")) as [IncomingMessage];
  return text(response);
}

test("an expression is compiled once and evaluated for each stream", async () => {
  expect(await ask("/expression", {}, "POST")).toBe("true true /expression! 22 10 false 0 1");
  expect(await ask("/expression")).toMatch("false true /expression! 22 10 false 0 1");
});

test("what Envoy compresses is zlib's format, and comes back", async () => {
  const compressed = await ask("/compress", { "x-text": "abc".repeat(100) });
  expect(inflateSync(Buffer.from(compressed, "hex")).toString()).toBe("abc".repeat(100));
  expect(await ask("/uncompress", { "x-text": compressed })).toBe("abc".repeat(100));
  expect(await ask("/uncompress", { "x-text": "0102" })).toBe("(null)");
});

test("what Envoy signs is verified by anybody, and by Envoy", async () => {
  for (const text of ["pem", "der", "x".repeat(1000)]) {
    const signature = await ask("/sign", { "x-text": text });
    expect(createVerify("sha256").update(text).verify(publicKey, signature, "hex")).toBe(true);
    // Status.Ok by both keys; Status.ResultMismatch for another text, no key, no hash
    expect(await ask("/verify", { "x-text": text, "x-signature": signature })).toBe("0 0 9 9 9");
  }
  expect(await ask("/unsigned")).toBe("truetrue");
});

test("a state that Envoy's own filters read is set by its name", async () => {
  expect(await ask("/state", { "x-text": "a" })).toBe("0 1 0 a");
});

test("a property that was declared read-only for the connection is set once", async () => {
  expect(await ask("/declared", { "x-text": "first" })).toBe("02 (null) 0 first");
  expect(await ask("/declared", { "x-text": "second" })).toBe("02 first 2 first");
});

test("a function that Envoy has not is not found", async () => {
  expect(await ask("/unknown")).toBe("1 0");
});

test("the route is chosen anew when the filter asks for it, and else stays", async () => {
  expect(await ask("/route")).toBe("second");
  expect(await ask("/route", { "x-text": "kept" })).toBe("/route");
});

test("the route is chosen anew by itself when the filter changes a header of the request", async () => {
  expect(await ask("/host", { "x-text": "canary.example.com" })).toBe("canary");
  expect(await ask("/host", { "x-text": "example.com" })).toBe("/host");
});
