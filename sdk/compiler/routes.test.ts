import { beforeAll, describe, expect, test } from "vitest";
import { diagnosticsOf } from "./testdata/compile.ts";
import { SmallProxy } from "./testdata/proxy.ts";
import { compileGuest } from "./testdata/sources.ts";

interface Rule {
  match?: { hosts?: string[]; paths?: string[]; prefixes?: string[] };
  name: string;
}

let wasm: Uint8Array;

beforeAll(async () => {
  const compilation = await compileGuest(`
    import { Routes } from "@asmfilter/sdk";
    @config class Rule { name: string = ""; }
    @config class Config { rules: Routes<Rule> = new Routes<Rule>(); }
    @filter("a") class A extends HttpFilter<Config> {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        const rules = this.config.rules;
        const rule = rules.of(headers);
        if (rule !== null) headers.set("x-rule", rule.name);
        const alike = rules.match(headers.getOr(":authority", ""), headers.getOr(":path", ""));
        headers.set("x-alike", (rule === alike).toString() + rules.length.toString());
        return Action.Continue;
      }
    }`);
  expect(compilation.warnings).toEqual([]);
  ({ wasm } = compilation);
});

class Router {
  readonly #proxy = new SmallProxy(wasm);
  #next = 2;

  constructor(rules: unknown) {
    if (!this.#proxy.configure({ rules })) throw new Error(this.#proxy.logs.join("\n"));
  }

  /** The name of the rule that a request gets. */
  resolve(host: string | undefined, path: string): string | undefined {
    const id = this.#next++;
    const authority: [string, string][] = host === undefined ? [] : [[":authority", host]];
    this.#proxy.request(id, [...authority, [":path", path]]);
    expect(this.#proxy.header("x-alike")).toMatch(/^true/);
    const rule = this.#proxy.header("x-rule");
    this.#proxy.end(id);
    return rule;
  }
}

const RULES: Rule[] = [
  { name: "all" },
  { name: "example", match: { hosts: ["*.example.org"] } },
  { name: "api", match: { hosts: ["*.example.org"], prefixes: ["/api", "/v1/"] } },
  { name: "deep", match: { hosts: ["*.deep.example.org"], prefixes: ["/api"] } },
  { name: "a", match: { hosts: ["A.example.org", "[::1]"], prefixes: ["/api/x"], paths: ["/login", "/api/x/y"] } },
  { name: "login", match: { paths: ["/login"] } },
];

describe("the most particular rule counts", () => {
  test.each([
    ["b.example.com", "/", "all"],
    ["b.example.com", "/login", "login"],
    ["b.example.com", "/login/", "all"],
    ["b.example.org", "/login", "example"],
    ["example.org", "/login", "login"],
    ["example.org", "/", "all"],
    [".example.org", "/", "all"],
    ["b.example.org", "/api", "api"],
    ["b.example.org", "/api/", "api"],
    ["b.example.org", "/api?x=/", "api"],
    ["b.example.org", "/api#/", "api"],
    ["b.example.org", "/apis", "example"],
    ["b.example.org.", "/api", "api"],
    ["A.example.org.:443", "/login", "a"],
    ["[::1]:8080", "/login", "a"],
    ["b.example.org", "/API", "example"],
    ["b.example.org", "/v1", "api"],
    ["b.example.org", "/v1/x", "api"],
    ["x.deep.example.org", "/api/z", "deep"],
    ["x.deep.example.org", "/", "example"],
    ["a.example.org", "/", "example"],
    ["a.example.org", "/login", "a"],
    ["a.example.org", "/login?next=/", "a"],
    ["a.example.org", "/api", "api"],
    ["a.example.org", "/api/x", "a"],
    ["a.example.org", "/api/x/y", "a"],
    ["A.EXAMPLE.ORG:8080", "/login", "a"],
    ["[::1]:8080", "/login", "a"],
    ["[::1]", "/login", "a"],
    ["", "/login", "login"],
    [undefined, "/login", "login"],
    ["a.example.org", "", "example"],
    ["a.example.org", "*", "example"],
  ])("%s %s gets %s", (host, path, expected) => {
    expect(new Router(RULES).resolve(host, path)).toBe(expected);
  });

  test("and where none matches there is null", () => {
    expect(new Router([]).resolve("a", "/")).toBeUndefined();
    expect(new Router(RULES.slice(1, 5)).resolve("a", "/")).toBeUndefined();
  });
});

test("the order of the list does not matter", () => {
  const router = new Router([...RULES].reverse());
  expect(router.resolve("a.example.org", "/login")).toBe("a");
  expect(router.resolve("x.deep.example.org", "/api")).toBe("deep");
});

test("of a match that is there twice the last counts, as the schema's readers see it", () => {
  const proxy = new SmallProxy(wasm);
  const twice = '{"hosts":["a"],"paths":["/x"]},"match":{"hosts":["b"]}';
  expect(proxy.configure(`{"rules":[{"match":${twice},"name":"r"}]}`)).toBe(true);
  proxy.request(2, [
    [":authority", "b"],
    [":path", "/y"],
  ]);
  expect(proxy.header("x-rule")).toBe("r");
});

test("a short list that would take gigabytes is refused", () => {
  const hosts = Array.from({ length: 20_000 }, (_, i) => `h${i}`);
  const paths = Array.from({ length: 20_000 }, (_, i) => `/${i}`);
  expect(() => new Router([{ match: { hosts, paths } }])).toThrow("rules[0]: more than 262144 hosts and paths");
});

describe("rules are refused", () => {
  test.each<[string, unknown[]]>([
    ["rules[1]: matches the same host and path as the rule at 0", [{}, { match: {} }]],
    [
      "rules[2]: matches the same host and path as the rule at 1",
      [{}, { match: { hosts: ["a", "b"], prefixes: ["/x"] } }, { match: { hosts: ["B."], prefixes: ["/y", "/x/"] } }],
    ],
    ["rules[1]: matches the same host and path as the rule at 0", [{}, { match: { prefixes: ["/"] } }]],
    [
      "rules[12]: matches the same host and path as the rule at 10",
      [...Array.from({ length: 12 }, (_, i) => ({ match: { paths: [`/${i}`] } })), { match: { paths: ["/10"] } }],
    ],
    ["rules[0].match.hosts: expected at least 1 elements", [{ match: { hosts: [] } }]],
    ["rules[0].match.hosts[1]: expected a host such as", [{ match: { hosts: ["a", "a:80"] } }]],
    ["rules[0].match.hosts[0]: expected a host such as", [{ match: { hosts: ["*"] } }]],
    ["rules[0].match.hosts[0]: expected a host such as", [{ match: { hosts: ["*."] } }]],
    ["rules[0].match.hosts[0]: expected a host such as", [{ match: { hosts: ["a*.b"] } }]],
    ["rules[0].match.hosts[0]: expected a host such as", [{ match: { hosts: ["[a"] } }]],
    ["rules[0].match.paths[0]: expected a path that begins with /", [{ match: { paths: ["a"] } }]],
    ["rules[0].match.paths[0]: expected a path that begins with /", [{ match: { paths: ["/?"] } }]],
    ["rules[0].match.path: unknown field, expected one of hosts, paths, prefixes", [{ match: { path: "/" } }]],
    ["rules[0].matches: unknown field, expected one of name", [{ matches: {} }]],
    ["rules[0].match: expected an object", [{ match: null }]],
    ["rules[1].name: expected a string", [{ match: { paths: ["/"] } }, { name: 1 }]],
  ])("%s", (expected, rules) => {
    expect(() => new Router(rules)).toThrow(`configuration: ${expected}`);
  });
});

test.each([
  ["@config class V { match: i32 = 0; }", 'it has a field "match", which is what a rule applies to'],
  ["@config class W {} @config class V { w: Routes<W> = new Routes<W>(); }", "it has Routes itself"],
])("%s cannot be the class of rules", async (text, reason) => {
  const head = 'import { config, filter, HttpFilter, Routes } from "@asmfilter/sdk";';
  const found = await diagnosticsOf(`${head}\n${text}\n@config class C {\nr: Routes<V> = new Routes<V>(); }
    @filter("a") class A extends HttpFilter<C> {}`);
  expect(found).toEqual([`assembly/index.ts:4 "r" cannot be Routes of "V": ${reason}`]);
});

/** Looks at every rule, as the documentation says it. */
function naive(rules: Rule[], authority: string, target: string): string | undefined {
  const host = authority.toLowerCase().replace(/\.?(:\d+)?$/, "");
  const path = target.replace(/[?#].*$/, "");
  const weigh = ({ match = {} }: Rule): [number, number][] => {
    const hosts = (match.hosts?.map((each) => each.toLowerCase()) ?? [""]).flatMap((each) => {
      if (each === "") return 0;
      if (each === host) return 1e6;
      return each.startsWith("*.") && host.endsWith(each.slice(1)) && host.length > each.length - 1 ? each.length : [];
    });
    const prefixes = match.prefixes ?? (match.paths ? [] : ["/"]);
    const paths = [
      ...(match.paths?.flatMap((each) => (each === path ? 1e6 : [])) ?? []),
      ...prefixes.flatMap((each) => {
        const prefix = each.replace(/\/+$/, "");
        return path === prefix || prefix === "" || path.startsWith(`${prefix}/`) ? prefix.length : [];
      }),
    ];
    return hosts.flatMap((h) => paths.map((p): [number, number] => [h, p]));
  };
  const all = rules.flatMap((rule) => weigh(rule).map((weight) => ({ rule, weight })));
  all.sort((a, b) => b.weight[0] - a.weight[0] || b.weight[1] - a.weight[1]);
  return all[0]?.rule.name;
}

test("any rules give any request what looking at each of them would", () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const labels = (most: number) =>
    Array.from({ length: 1 + random(most) }, () => pick(["a", "b", "B", "cc"])).join(".");
  const path = (most: number) => `/${Array.from({ length: random(most) }, () => pick(["a", "ab", "b", ""])).join("/")}`;
  const some = <T>(make: () => T): T[] => Array.from({ length: 1 + random(2) }, make);
  let found = 0;
  for (let round = 0; round < 60; round++) {
    const rules: Rule[] = [];
    for (let i = 0; i < random(40); i++) {
      const match = {
        ...(random(3) ? { hosts: some(() => (random(2) ? "*." : "") + labels(3)) } : {}),
        ...(random(2) ? { paths: some(() => path(4)) } : {}),
        ...(random(2) ? { prefixes: some(() => path(4)) } : {}),
      };
      const next = [...rules, { name: `r${i}`, match }];
      try {
        new Router(next);
        rules.push({ name: `r${i}`, match });
      } catch (error) {
        expect((error as Error).message).toContain("matches the same");
      }
    }
    const router = new Router(rules);
    for (let i = 0; i < 150; i++) {
      const host = pick(["", "x."]) + labels(4) + pick(["", ":80", ".", ".:80"]);
      const target = path(6) + pick(["", "?a=/b", "/", "#a"]);
      const expected = naive(rules, host, target);
      if (expected !== undefined) found++;
      const message = `SEED=${seed} ${JSON.stringify({ rules, host, target })}`;
      expect(router.resolve(host, target), message).toBe(expected);
    }
  }
  expect(found).toBeGreaterThan(1000);
}, 60_000);
