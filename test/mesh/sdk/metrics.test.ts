import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Envoy, requirePart } from "../../stack/index.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

const FILTERS = `
import { Action, Counter, filter, Gauge, Headers, Histogram, HttpFilter, respond, root, RootContext, Tagged, tagged } from "@asmfilter/sdk";

const requests = new Counter("doorman_requests");
const again = new Counter("doorman_requests");
const waiting = new Gauge("doorman_waiting");
const size = new Histogram("doorman_size_bytes");
const byPath = new Tagged<Counter>("doorman_by_path", ["path", "try"], 3);
const idle = new Counter("doorman_idle");

@root("doorman")
class Root extends RootContext {
  onConfigure(): bool {
    return idle.define() == 0 && idle.define() == 0;
  }
}

@filter("doorman")
class Doorman extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const said: string[] = [];
    said.push(requests.increment().toString());
    said.push(requests.increment(5).toString());
    said.push(requests.increment(0).toString());
    said.push(requests.value.toString() + "=" + again.value.toString());
    said.push(waiting.set(10).toString());
    said.push(waiting.add(-3).toString());
    said.push(waiting.add(0).toString());
    said.push(waiting.value.toString());
    said.push(size.record(1500).toString());
    const tags = [["method", "GET"], ["service", "users.default:80"], ["odd", "a;.;b"]];
    said.push(new Counter(tagged("doorman_by_method", tags)).increment(7).toString());
    said.push(new Counter(tagged("doorman_unknown", [["nobody", "knows"], ["method", ""]])).increment().toString());
    for (let i = 0; i < 5; i++) byPath.of([headers.getOr(":path", ""), i.toString()]).increment();
    said.push(byPath.of([headers.getOr(":path", "")]).value.toString());
    return respond(200, said.join(" "));
  }
}
`;

/** As Istio's bootstrap has it for each of \`extraStatTags\`. */
const tag = (tag_name: string) => ({ tag_name, regex: `(${tag_name}=\\.=(.*?);\\.;)` });

let envoy: FiltersInEnvoy;
beforeEach((context) => requirePart(context, Envoy));
beforeAll(async () => {
  if (Envoy.missing()) return;
  envoy = await FiltersInEnvoy.start(FILTERS, {
    plugins: [{ rootID: "doorman" }],
    bootstrap: {
      stats_flush_interval: "0.2s",
      stats_config: { stats_tags: ["method", "service", "odd", "path", "try"].map(tag) },
    },
  });
});
afterAll(() => envoy?.stop());

test("counters, gauges and histograms are defined when first used, and again by the same name", async () => {
  const before = await envoy.admin("/stats?filter=^wasmcustom");
  expect(before).toBe("wasmcustom.doorman_idle: 0\n");
  const answer = await fetch(`http://127.0.0.1:${await envoy.port("doorman")}/`);
  expect(await answer.text()).toBe("0 0 0 6=6 0 0 0 7 0 0 0 2");
  expect(await envoy.stats("^wasmcustom.doorman_(requests|waiting)$")).toEqual({
    "wasmcustom.doorman_requests": 6,
    "wasmcustom.doorman_waiting": 7,
  });
});

test("tags are labels in Prometheus where the bootstrap knows them, and else part of the name", async () => {
  // Histograms are there once they were flushed.
  await vi.waitFor(async () => expect(await prometheus()).toContain("doorman_size_bytes_count{} 1"), 5000);
  const lines = await prometheus();
  expect(lines).toContain("doorman_requests{} 6");
  expect(lines).toContain("doorman_waiting{} 7");
  expect(lines).toContain('doorman_by_method{method="GET",service="users.default:80",odd="a;_;b"} 7');
  expect(lines).toContain('nobody___knows___doorman_unknown{method=""} 1');
});

test("beyond its limit a tagged metric gathers what has no place of its own", async () => {
  expect((await prometheus()).filter((line) => line.startsWith("doorman_by_path"))).toEqual([
    'doorman_by_path{path="/",try="0"} 1',
    'doorman_by_path{path="/",try="1"} 1',
    'doorman_by_path{path="/",try="2"} 1',
    'doorman_by_path{path="other",try="other"} 2',
  ]);
});

async function prometheus(): Promise<string[]> {
  const lines = (await envoy.admin("/stats/prometheus?filter=doorman")).split("\n");
  return lines.filter((line) => !/^(#|envoy_)/.test(line));
}
