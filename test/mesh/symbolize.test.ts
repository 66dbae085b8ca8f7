import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { asmfilter, available, Envoy, removeFolder, requirePart, temporaryFolder } from "../stack/index.ts";
import { cluster, listenerOf } from "./same-answer/envoy-config.ts";

const files = {
  "filter.yaml": "name: trapping\nversion: 0.1.0\n",
  "assembly/index.ts": `import { Action, filter, Headers, HttpFilter } from "@asmfilter/sdk";
import { deepest, needed, parsed, second } from "./lists";

@filter("trapping")
class Trapping extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const value = headers.getOr("x-do", "");
    if (value == "assert") this.check(headers);
    if (value == "name") needed(value);
    if (value == "divide") headers.set("x-got", parsed(value).toString());
    if (value == "recurse") headers.set("x-got", deepest(value.length).toString());
    headers.set("x-got", second(value.split(",")));
    return Action.Continue;
  }

  private check(headers: Headers): void {
    headers.set("x-a", "b");
    assert(headers.has("x-there"), "x-there is missing");
    headers.set("x-a", "c");
  }
}
`,
  "assembly/lists.ts": `/** The second. */
export function second(parts: string[]): string {
  const wanted = parts.length > 5 ? 3 : 1;
  return parts[wanted].trim() + parts[wanted + 1];
}

export function parsed(text: string): i32 {
  const number = i32.parse(text);
  return 7 / number;
}

export function deepest(level: i32): i32 {
  return 1 + deepest(level + 1) * deepest(level + 2);
}

export function needed(name: string): void {
  assert(name.length > 100, "too short: " + name);
}
`,
};

interface Place {
  function?: string;
  file?: string;
  line?: number;
}

interface Trap {
  filter?: string;
  callback: string;
  message?: string;
  plugin?: string;
  frames: (Place & { inlinedInto?: string; near?: Place })[];
}

describe("the log of an Envoy in which a filter traps, through asmfilter symbolize,", () => {
  let folder: string;
  let log: string;
  let traps: Trap[];

  beforeAll(async () => {
    if (!available(Envoy)) return;
    folder = await temporaryFolder("trapping");
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await asmfilter(["build", folder]);
    // Each in a plugin of its own: one that trapped answers nothing else.
    log = await logOf(join(folder, "build", "trapping.wasm"), ["assert", "a,b", "divide", "recurse", "name"]);
    const { stdout } = await asmfilter(["symbolize", folder, "--format", "json"], log);
    traps = JSON.parse(stdout);
  }, 60_000);
  afterAll(() => removeFolder(folder));
  beforeEach((context) => requirePart(context, Envoy));

  /** The first frame in the filter's own files. */
  const place = (trap: Trap | undefined) => {
    const places = trap?.frames.flatMap(({ near, ...frame }) => [frame, near ?? {}]);
    const own = places?.find(({ file }) => file?.startsWith("assembly/"));
    return own && `${own.file}:${own.line} ${own.function}`;
  };

  test("names the line of a failed assertion, and its text", () => {
    expect(traps[0]).toMatchObject({
      filter: "trapping",
      callback: "proxy_on_request_headers",
      plugin: "plugin-0",
      message: "x-there is missing",
    });
    expect(place(traps[0])).toBe("assembly/index.ts:18 Trapping#check");
  });

  test("names the line of a helper in another file, where the language's library found the fault", () => {
    expect(traps[1]).toMatchObject({ filter: "trapping", message: "Index out of range" });
    expect(place(traps[1])).toBe("assembly/lists.ts:4 second");
  });

  test("names the line where the machine itself found the fault, of code that was inlined too", () => {
    expect(place(traps[2])).toBe("assembly/lists.ts:9 parsed");
    expect(traps[2]).not.toHaveProperty("message");
    const frames = traps[2]!.frames;
    expect(frames.at(-1)!.function).toBe("proxy_on_request_headers");
  });

  test("names the line of a recursion without an end, though the trace is cut", () => {
    expect(traps[3]?.filter).toBe("trapping");
    expect(place(traps[3])).toBe("assembly/lists.ts:13 deepest");
  });

  test("names the line of the filter's own that a library's code was put behind", () => {
    expect(traps[4]).toMatchObject({ filter: "trapping", message: "too short: name" });
    expect(place(traps[4])).toBe("assembly/lists.ts:17 needed");
  });

  test("is all there otherwise", async () => {
    const { stdout } = await asmfilter(["symbolize", folder], log);
    const places = /unknown\(function index:\d+\)|(?<=0x[0-9a-f]+ - ).*|^=> .*\n/gm;
    expect(stdout.replaceAll(places, "").trimEnd()).toBe(log.replaceAll(places, "").trimEnd());
    expect(stdout).toMatch(
      /^=> trapping: proxy_on_request_headers trapped at assembly\/index\.ts:18:\d+ in Trapping#check: x-there is missing$/m,
    );
  });

  test("is refused with the map of another module", async () => {
    const checking = files["assembly/index.ts"].replace('headers.set("x-a", "c")', 'headers.add("x-a", "c")');
    await writeFile(join(folder, "assembly", "index.ts"), checking);
    await asmfilter(["build", folder, "--out", join(folder, "other")]);
    const map = join(folder, "other", "trapping.wasm.map");
    // One more host function moves the indices of all that follow it.
    await expect(asmfilter(["symbolize", "--map", map], log)).rejects.toThrow("ASMF_DEBUG_MAP_MISMATCH");
  });
});

/** What Envoy logs when each request meets a plugin of its own. */
async function logOf(module: string, requests: readonly string[]): Promise<string> {
  const wasm = (index: number) => ({
    "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
    config: {
      name: `plugin-${index}`,
      root_id: "trapping",
      vm_config: {
        vm_id: `vm-${index}`,
        runtime: "envoy.wasm.runtime.v8",
        code: { local: { filename: module } },
      },
    },
  });
  const listeners = requests.map((_, index) =>
    listenerOf(`listener-${index}`, [{ name: "wasm", typed_config: wasm(index) }]),
  );
  // The filter answers by trapping: nothing gets as far as the cluster.
  const clusters = requests.map((_, index) => cluster(`listener-${index}`, 9));
  const envoy = new Envoy({ static: { listeners, clusters } });
  try {
    await envoy.start();
    for (const [index, what] of requests.entries()) {
      const url = `http://127.0.0.1:${await envoy.port(`listener-${index}`)}/`;
      expect((await fetch(url, { headers: { "x-do": what } })).status).toBe(503);
    }
    return envoy.logs();
  } finally {
    await envoy.stop();
  }
}
