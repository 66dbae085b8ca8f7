import { beforeAll, describe, expect, test } from "vitest";
import { build } from "./build.ts";
import { compile } from "./compile.ts";
import { AsmFilterError } from "./errors.ts";
import { compileText, diagnosticsOf } from "./testdata/compile.ts";
import { guestFolder } from "./testdata/guest.ts";
import { SmallProxy } from "./testdata/proxy.ts";

const calling = (
  expression: string,
  head = 'import { Action, filter, Headers, HttpFilter, upstream } from "@asmfilter/sdk";',
) =>
  `${head}
@filter("calling")
class Calling extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    headers.set("x-cluster", ${expression});
    return Action.Continue;
  }
}`;

const manifest = (upstreams: string) => `name: calling\nversion: 1.0.0\nupstreams: ${upstreams}\n`;

async function buildCalling(text: string, upstreams: string) {
  return build({ folder: await guestFolder({ "filter.yaml": manifest(upstreams), "assembly/index.ts": text }) });
}

async function mistakesOf(text: string, upstreams: string): Promise<string[]> {
  const error = await buildCalling(text, upstreams).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AsmFilterError);
  return (error as AsmFilterError).diagnostics.map(
    ({ file, line, column, message }) => `${file}:${line}:${column} ${message}`,
  );
}

describe("upstream, in the guest,", () => {
  let wasm: Uint8Array;
  beforeAll(async () => {
    ({ wasm } = await compileText(calling('upstream("auth") + " " + upstream("auth") + " " + upstream("audit")')));
  });

  function clustersWith(vmConfiguration: string | undefined): string | Uint8Array | undefined {
    const proxy = new SmallProxy(wasm);
    if (vmConfiguration !== undefined) proxy.buffers[6] = new TextEncoder().encode(vmConfiguration);
    proxy.configure(undefined);
    proxy.call("proxy_on_context_create", 2, 1);
    proxy.call("proxy_on_request_headers", 2, 0, 1);
    return proxy.headers[0]?.find(([name]) => name === "x-cluster")?.[1];
  }

  test.each<[string, string | undefined, string]>([
    [
      "what the VM configuration binds",
      '{"upstreams":{"audit":"b","auth":"outbound|80||a.b"}}',
      "outbound|80||a.b outbound|80||a.b b",
    ],
    ["it however it is written", '\n{ "upstreams" :\t{ "auth" : "a" , "audit":"é" } }', "a a é"],
    [
      "nothing that only looks like it",
      '{"auth":"x","upstreams":{"aut":"a","x":{"auth":"y"},"audi\\"t":"z"},"more":{"audit":"w"}}',
      "auth auth audit",
    ],
    [
      "it beside other fields",
      '{"a":["upstreams",{"auth":"x"}],"upstreams":{"auth":"a","audit":"b"},"c":"\\"}"}',
      "a a b",
    ],
    ["the name itself where nothing is bound", '{"upstreams":{}}', "auth auth audit"],
    ["the name itself without a VM configuration", undefined, "auth auth audit"],
    ["the name itself for what is no JSON", '{"upstreams":{"auth', "auth auth audit"],
  ])("is %s", (_, vmConfiguration, expected) => {
    expect(clustersWith(vmConfiguration)).toBe(expected);
  });

  test("asks the proxy once for each name, whatever the number of streams", () => {
    const proxy = new SmallProxy(wasm);
    let asked = 0;
    const configuration = new TextEncoder().encode('{"upstreams":{"auth":"a"}}');
    Object.defineProperty(proxy.buffers, 6, {
      get: () => {
        asked++;
        return configuration;
      },
    });
    proxy.configure(undefined);
    for (let id = 2; id < 12; id++) {
      proxy.call("proxy_on_context_create", id, 1);
      proxy.call("proxy_on_request_headers", id, 0, 1);
    }
    expect(asked).toBe(2);
  });
});

describe("the names that a filter gives to upstream", () => {
  test("are compared with filter.yaml, by the place in the source", async () => {
    expect(await mistakesOf(calling('upstream("aut")'), "[auth, audit]")).toEqual([
      'assembly/index.ts:5:39 "aut" is not one of the filter\'s upstreams: filter.yaml lists auth, audit',
    ]);
    expect(await mistakesOf(calling('upstream("auth")'), "[]")).toEqual([
      'assembly/index.ts:5:39 "auth" is not one of the filter\'s upstreams: filter.yaml lists none',
    ]);
  });

  test("are found under any name that the function was imported by", async () => {
    const head = 'import { Action, filter, Headers, HttpFilter, upstream as to } from "@asmfilter/sdk";';
    const { facts } = await compileText(calling('to("b") + to("a") + to("b")', head));
    expect(facts.upstreams).toEqual(["a", "b"]);
  });

  test("are found through whatever files the function came", async () => {
    const other = 'export { upstream as to } from "@asmfilter/sdk";';
    const head = 'import { Action, filter, Headers, HttpFilter } from "@asmfilter/sdk"; import { to } from "./other";';
    const all = `${head} import * as other from "./other";`;
    const folder = await guestFolder({
      "assembly/index.ts": calling('to("b") + other.to("a")', all),
      "assembly/other.ts": other,
    });
    expect((await compile(folder)).facts.upstreams).toEqual(["a", "b"]);
  });

  test("cannot be given behind the compiler's back", async () => {
    const text = `${calling('to("a")')}\nconst to = upstream;`;
    expect(await diagnosticsOf(text)).toEqual([
      "assembly/index.ts:9 upstream is only called: which services a filter calls is known when it is built",
    ]);
    const hidden = `${calling('upstream("a")')}\nexport function f(upstream: string): string { return upstream; }`;
    expect((await compileText(hidden)).facts.upstreams).toEqual(["a"]);
  });

  test("are not those of another function of that name", async () => {
    const head = `import { Action, filter, Headers, HttpFilter } from "@asmfilter/sdk";
      function upstream(name: string): string { return name; }`;
    const { facts } = await compileText(calling('upstream("c" + "d")', head));
    expect(facts.upstreams).toEqual([]);
  });

  test("may be any where no filter.yaml was read", async () => {
    const folder = await guestFolder({ "assembly/index.ts": calling('upstream("anything")') });
    expect((await compile(folder)).facts.upstreams).toEqual(["anything"]);
  });

  test("are string literals", async () => {
    const message = "upstream takes one string literal: which services a filter calls is known when it is built";
    expect(await diagnosticsOf(calling('upstream("a" + "b")'))).toEqual([`assembly/index.ts:5 ${message}`]);
  });

  test("are not asked for before the proxy answers", async () => {
    const text = `${calling('upstream("auth")')}\nconst early = upstream("auth");\nclass Static { static early: string = upstream("auth"); }`;
    expect(await diagnosticsOf(text)).toEqual([
      expect.stringMatching(/^assembly\/index\.ts:9 upstream\("auth"\) cannot be asked for at the top level/),
      expect.stringMatching(/^assembly\/index\.ts:10 upstream\("auth"\) cannot be asked for at the top level/),
    ]);
  });

  test("travel in the artifact; one that nothing calls is a warning", async () => {
    const { config, warnings } = await buildCalling(calling('upstream("auth")'), "[auth, idle]");
    expect(config.upstreams).toEqual(["auth", "idle"]);
    expect(warnings.map(({ message }) => message)).toEqual([
      'filter.yaml lists the upstream "idle", which nothing calls',
    ]);
  });

  test.each([
    ["one twice", "[a, a]", "upstreams: names one more than once"],
    ["one that no resource could bind", "[Auth_1]", "upstreams[0]: must be lower case letters"],
  ])("are refused in filter.yaml: %s", async (_, list, message) => {
    await expect(buildCalling(calling('upstream("a")'), list)).rejects.toThrow(message);
  });
});
