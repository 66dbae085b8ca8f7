/**
 * The name of a metric with tags, which Prometheus shows as labels.
 *
 *     new Counter(tagged("hello_requests", [["method", "GET"]]))   // hello_requests{method="GET"}
 *
 * Envoy's metrics have no labels of their own: it cuts them out of the name by regular expressions of its bootstrap. This
 * writes a tag as Istio expects it, `method=.=GET;.;` before the name (istio `tools/packaging/common/envoy_bootstrap.json`). Istio knows a tag
 * when `proxyConfig.extraStatTags`, or the pod's annotation `sidecar.istio.io/extraStatTags`, lists it; any other Envoy, when
 * `stats_config.stats_tags` has `{tag_name: method, regex: "(method=\\.=(.*?);\\.;)"}`. Otherwise it stays in the name.
 *
 * Each combination of values is a metric that the proxy keeps for good: take what has few values, never a path or an id.
 * @param tags each `[name, value]`; `;.;` ends a value, so in one it becomes `;_;`
 */
export function tagged(name: string, tags: string[][]): string {
  let prefix = "";
  for (let i = 0; i < tags.length; i++) {
    prefix += tags[i][0] + "=.=" + tags[i][1].replaceAll(";.;", ";_;") + ";.;";
  }
  return prefix + name;
}
