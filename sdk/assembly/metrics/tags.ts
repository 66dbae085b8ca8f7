import { Metric } from "./metric";

/**
 * The name of a metric with tags, which Prometheus shows as labels: `hello_requests{method="GET"}`.
 *
 *     const gets = new Counter(tagged("hello_requests", [["method", "GET"]]));
 *
 * Envoy's metrics have no labels of their own: it cuts them out of the name by regular expressions of its bootstrap. This
 * writes a tag as Istio expects it, `method=.=GET;.;` before the name (istio `tools/packaging/common/envoy_bootstrap.json`). Istio
 * knows a tag when `proxyConfig.extraStatTags`, or the pod's annotation `sidecar.istio.io/extraStatTags`, lists it; any other Envoy
 * when `stats_config.stats_tags` has `{tag_name: method, regex: "(method=\\.=(.*?);\\.;)"}`. Otherwise it stays in the name.
 * @param tags each `[name, value]`; `;.;` ends a value, so in one it becomes `;_;`
 */
export function tagged(name: string, tags: string[][]): string {
  let prefix = "";
  for (let i = 0; i < tags.length; i++) prefix += tags[i][0] + "=.=" + tags[i][1].replaceAll(";.;", ";_;") + ";.;";
  return prefix + name;
}

/**
 * A metric for each combination of values that its tags take; what {@link tagged} says of names holds here too.
 *
 *     const requests = new Tagged<Counter>("hello_requests", ["method", "code"]);
 *     …
 *     requests.of(["GET", "200"]).increment();
 *
 * Make it once, at the top of a file. The proxy keeps each metric for good, and what it keeps of one again for each time it is
 * defined (envoy `source/extensions/common/wasm/context.cc`, `defineMetric`), so never make a metric for each request.
 */
export class Tagged<M extends Metric> {
  private readonly known: Map<string, M> = new Map();

  /**
   * @param tags names of the tags
   * @param limit how many combinations there may be; all others share one whose values are `other`. A path or an id as a value
   * would otherwise fill the proxy's memory
   */
  constructor(
    readonly name: string,
    readonly tags: string[],
    readonly limit: i32 = 200,
  ) {}

  /** The metric of these values, in the order of the tags. One that is missing is `""`. */
  of(values: string[]): M {
    const name = this.nameOf(values);
    if (this.known.has(name)) return this.known.get(name);
    return this.make(this.known.size < this.limit ? name : this.nameOf(null));
  }

  private make(name: string): M {
    if (this.known.has(name)) return this.known.get(name);
    const metric = instantiate<M>(name);
    this.known.set(name, metric);
    return metric;
  }

  /** The name with these values; with null the one for all that are beyond the limit. */
  private nameOf(values: string[] | null): string {
    const pairs = new Array<string[]>();
    for (let i = 0; i < this.tags.length; i++) {
      pairs.push([this.tags[i], values === null ? "other" : i < values.length ? values[i] : ""]);
    }
    return tagged(this.name, pairs);
  }
}
