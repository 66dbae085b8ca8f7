import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { available, Envoy, requirePart } from "../../stack/index.ts";
import { send } from "../same-answer/client.ts";
import { cluster } from "../same-answer/envoy-config.ts";
import type { Message } from "../same-answer/scenario.ts";
import { ScriptServer } from "../same-answer/script-server.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

// Each library for filter authors, on the headers and bodies of real requests.

const source = `
import { Action, Body, filter, Headers, HttpFilter, respond } from "@asmfilter/sdk";
import { cookie, SetCookie } from "@asmfilter/sdk/cookies";
import { equal, HmacSha256, Sha256 } from "@asmfilter/sdk/crypto";
import { base64url, hex, utf8Bytes } from "@asmfilter/sdk/encoding";
import { JsonFinder, JsonPath, JsonReader, JsonWriter, Token } from "@asmfilter/sdk/json";
import { Glob, PrefixSet, Regex } from "@asmfilter/sdk/match";
import { RequestTarget } from "@asmfilter/sdk/url";

const mac = new HmacSha256(utf8Bytes("key"));
const orders = Glob.parse("/orders/*/items")!;
const areas = new PrefixSet(["/orders/", "/orders/secret/"]);
const session = new Regex("^([a-z]+)-([0-9]{1,4})$");
const secondName = JsonPath.parse("items[1].name")!;

@filter("libraries")
class Libraries extends HttpFilter {
  private finder: JsonFinder = new JsonFinder(secondName);
  private hash: Sha256 = new Sha256();

  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const target = RequestTarget.parse(headers.getOr(":path", "/"));
    if (areas.indexOf(target.path) != 0 || !orders.matches(target.path)) return respond(404);
    const user = cookie(headers, "session");
    if (user === null || !session.find(user)) return respond(401);
    const query = target.query();
    const signature = query.get("signature");
    if (signature === null) return respond(403);
    const bytes = base64url.decode(signature);
    if (bytes === null || !equal(bytes, mac.updateText(target.path).digest())) return respond(403);
    query.remove("signature");
    target.setQuery(query);
    headers.set(":path", target.toString());
    headers.set("x-user", session.group(1)!);
    return Action.Continue;
  }

  onRequestBody(body: Body, endOfStream: bool): Action {
    const chunk = body.bytes();
    this.hash.update(chunk);
    if (!this.finder.feed(chunk)) return respond(400, "not JSON at byte " + this.finder.position.toString());
    return Action.Continue;
  }

  onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    headers.remove("content-length");
    headers.set("x-request-sha256", hex.encode(this.hash.digest()));
    const second = this.finder.finish();
    if (second !== null) headers.set("x-second", second.text);
    const seen = new SetCookie("__Host-seen", "1");
    seen.path = "/";
    seen.secure = true;
    headers.add("set-cookie", seen.build()!);
    return Action.Continue;
  }

  onResponseBody(body: Body, endOfStream: bool): Action {
    if (!endOfStream) return Action.Pause;
    const reader = new JsonReader();
    const writer = new JsonWriter();
    reader.feed(body.bytes());
    reader.finish();
    writer.beginArray();
    while (reader.next() < Token.End) {
      const token = reader.token;
      if (token == Token.Number) writer.number(reader.number());
      else if (token == Token.String) writer.string(reader.text());
      else if (token == Token.Key && reader.textIs("secret")) reader.skip();
    }
    if (reader.token == Token.End) body.replace(writer.endArray().toBytes()!);
    return Action.Continue;
  }
}
`;

const upstream = new ScriptServer({ body: ['{"a":0.1,"secret":{"b":[1', ',2]},"c":"é\\n', '","d":1e21}'] });
let envoy: FiltersInEnvoy;
beforeAll(async () => {
  if (!available(Envoy)) return;
  envoy = await FiltersInEnvoy.start(source, {
    plugins: [{ rootID: "libraries" }],
    clusters: [cluster("libraries", await upstream.start())],
  });
});
beforeEach((context) => requirePart(context, Envoy));
afterAll(async () => {
  await envoy?.stop();
  upstream.stop();
});

const path = "/orders/7/items";
const signature = createHmac("sha256", "key").update(path).digest("base64url");
const request = { path: `${path}?a=%2f&signature=${signature}&b`, headers: { cookie: "x=1; session=ada-42" } };

async function through(message: Message) {
  const answer = await send(await envoy.port("libraries"), message);
  await sleep(50);
  return { ...answer, upstream: upstream.take() };
}

test("a request is checked by its path, cookie and signature, and goes on without the signature", async () => {
  const { status, headers, body, upstream } = await through({
    ...request,
    method: "POST",
    body: ['{"items":[{"name":1},{"na', 'me":"é"}]}'],
  });
  expect(upstream?.request).toBe("POST example.com/orders/7/items?a=%2f&b");
  expect(upstream?.headers).toContain("x-user: ada");
  expect(status).toBe(200);
  expect(headers).toContain("set-cookie: __Host-seen=1; Path=/; Secure");
  expect(headers.some((line) => /^x-request-sha256: [0-9a-f]{64}$/.test(line))).toBe(true);
  expect(headers).toContain("x-second: é");
  expect(body).toBe('[0.1,"é\\n",1e+21]');
});

test.each([
  ["another path", { ...request, path: "/orders/7" }, 404],
  ["a deeper path", { ...request, path: "/orders/secret/items" }, 404],
  ["no cookie", { path: request.path }, 401],
  ["a cookie of another form", { ...request, headers: { cookie: "session=ada-12345" } }, 401],
  ["no signature", { ...request, path }, 403],
  ["the signature of another path", { ...request, path: request.path.replace("7", "8") }, 403],
  ["a body that is not JSON", { ...request, method: "POST", body: '{"items":[,]}' }, 400],
])("with %s a request is answered by the filter", async (_name, message, status) => {
  const answer = await through(message);
  expect(answer.status).toBe(status);
  if (status === 400) expect(answer.body).toBe("not JSON at byte 10");
});
