import { beforeEach, describe, expect, test } from "vitest";
import {
  agentFetcher,
  envoyFilterValidator,
  fetchAsAgent,
  Registry,
  requirePart,
  validateEnvoyFilters,
} from "../stack/index.ts";

describe("Istio's EnvoyFilter validator", () => {
  beforeEach((context) => requirePart(context, envoyFilterValidator));

  const good = envoyFilter("good", {
    applyTo: "EXTENSION_CONFIG",
    patch: {
      operation: "ADD",
      value: {
        name: "example",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
        },
      },
    },
  });

  test("accepts a good one, without a warning", async () => {
    expect(await validateEnvoyFilters(JSON.stringify(good))).toEqual([{ name: "good", errors: [], warnings: [] }]);
  });

  test.each([
    ["has no operation", { patch: { operation: "INVALID" } }, "missing patch operation"],
    ["has no applyTo", { applyTo: "INVALID" }, "missing applyTo"],
    [
      "holds a type that Envoy does not have",
      {
        patch: {
          operation: "ADD",
          value: { name: "x", typed_config: { "@type": "type.googleapis.com/no.such.Type" } },
        },
      },
      "no.such.Type",
    ],
    ["has a field that EnvoyFilter does not have", { surprise: true }, 'unknown field "surprise"'],
    ["names a version that is no expression", { match: { proxy: { proxyVersion: "(" } } }, "missing closing )"],
  ])("refuses one that %s", async (_what, change, reason) => {
    const [patch] = good.spec.configPatches;
    const [verdict] = await validateEnvoyFilters(JSON.stringify(envoyFilter("bad", { ...patch, ...change })));
    expect(verdict?.errors.join("\n")).toContain(reason);
  });

  test("warns of a field that Envoy's own type does not have", async () => {
    const [patch] = structuredClone(good.spec.configPatches) as [{ patch: { value: { typed_config: object } } }];
    Object.assign(patch.patch.value.typed_config, { no_such_field: 1 });
    const [verdict] = await validateEnvoyFilters(JSON.stringify(envoyFilter("typo", patch)));
    expect([verdict?.errors, verdict?.warnings.join("\n")]).toEqual([[], expect.stringContaining("no_such_field")]);
  });

  test("judges each document of a stream by its name", async () => {
    const other = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other" } };
    const verdicts = await validateEnvoyFilters(`${JSON.stringify(good)}\n---\n${JSON.stringify(other)}\n`);
    expect(verdicts.map(({ name, errors }) => [name, errors])).toEqual([
      ["good", []],
      ["other", ["not an EnvoyFilter: v1 ConfigMap"]],
    ]);
  });
});

describe("the istio-agent's image fetcher", () => {
  beforeEach((context) => requirePart(context, agentFetcher, Registry));

  test("says why when there is no such image", async () => {
    const registry = new Registry();
    await registry.start();
    try {
      await expect(fetchAsAgent(`${registry.address}/nobody/home:1`)).rejects.toThrow("could not fetch manifest");
    } finally {
      await registry.stop();
    }
  });
});

function envoyFilter(name: string, patch: object) {
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name, namespace: "default" },
    spec: { workloadSelector: { labels: { app: "web" } }, priority: 10, configPatches: [patch] },
  };
}
