import { describe, expect, test } from "vitest";
import { AsmFilterError, parseDeployment } from "../api/index.ts";
import {
  type Artifact,
  type ArtifactConfig,
  capabilitiesOf,
  check,
  render,
  slotContent,
  type WasmFilter,
} from "./index.ts";

const schema = {
  type: "object",
  properties: { header: { type: "string" }, value: { type: "string" } },
  additionalProperties: false,
};

function deployment(filter: object = {}, metadata: object = {}) {
  return parseDeployment({
    apiVersion: "asmfilter.io/v1",
    kind: "ASMFilterDeployment",
    metadata: { name: "hello", ...metadata },
    spec: { workload: { labels: { app: "a" } }, filter: { image: "registry.example.com/hello:1", ...filter } },
  });
}

function artifact(config?: ArtifactConfig, capabilities = ["proxy_log", "proxy_on_log"]): Artifact {
  return { digest: `sha256:${"a".repeat(64)}`, wasmSha256: "b".repeat(64), size: 1, capabilities, config };
}

function failure(run: () => unknown): Pick<AsmFilterError, "code" | "message"> {
  try {
    run();
  } catch (error) {
    if (error instanceof AsmFilterError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("it did not fail");
}

describe("check", () => {
  test.each<[string, object, ArtifactConfig | undefined]>([
    ["an artifact that says nothing of itself", { rootID: "any", type: "NETWORK", parameters: "not JSON" }, undefined],
    ["the artifact's only root, unsaid", {}, { rootIDs: ["hello"] }],
    ["one of several roots", { rootID: "b" }, { rootIDs: ["a", "b"] }],
    ["the artifact's type", { type: "NETWORK" }, { type: "network" }],
    ["a list that allows more than is needed", { capabilities: ["proxy_log", "proxy_on_log", "proxy_done"] }, {}],
    ["parameters that fit", { parameters: { header: "x" } }, { schema }],
    ["parameters that fit as text", { parameters: '{"header":"x"}' }, { schema }],
    ["no parameters where none is required", {}, { schema }],
  ])("accepts %s", (_, filter, config) => {
    expect(() => check(deployment(filter), artifact(config))).not.toThrow();
  });

  test.each<[string, object, ArtifactConfig, string]>([
    [
      "a root that the artifact has not",
      { rootID: "helo" },
      { rootIDs: ["hello"] },
      'no root "helo", but hello; did you mean hello?',
    ],
    [
      "several roots and none chosen",
      {},
      { rootIDs: ["a", "b"] },
      "spec.filter.rootID is needed: the artifact has a, b",
    ],
    [
      "another type",
      { type: "HTTP" },
      { type: "network" },
      "spec.filter.type is HTTP, and the artifact holds a filter of type NETWORK",
    ],
    [
      "a list that is too short",
      { capabilities: ["proxy_log"] },
      {},
      "does not allow what the module needs: proxy_on_log",
    ],
    [
      "defaults that do not exist",
      {},
      { defaults: { failurePolicy: "Never" } },
      'defaults.failurePolicy is not valid: "Never"',
    ],
    [
      "a placement that does not exist",
      {},
      { defaults: { placement: { behind: "x" } } },
      "defaults.placement is not valid",
    ],
  ])("refuses %s", (_, filter, config, message) => {
    const { code, message: said } = failure(() => check(deployment(filter), artifact(config)));
    expect(code).toBe("ASMF_MODULE_UNFIT");
    expect(said).toContain(message);
  });

  test("refuses parameters that do not fit, naming each path", () => {
    const parameters = { heeder: "x", value: 3 };
    expect(failure(() => check(deployment({ parameters }), artifact({ schema })))).toEqual({
      code: "ASMF_PARAMETERS_INVALID",
      message: [
        "the parameters do not fit the filter:",
        "  spec.filter.parameters.value: expected string, got number",
        "  spec.filter.parameters.heeder: unknown field; did you mean header?",
      ].join("\n"),
    });
  });
});

test.each<[string, ArtifactConfig]>([
  ["upstreams", { upstreams: Array.from({ length: 10_000 }, (_, index) => `${index}`.repeat(2000)) }],
  ["root ids", { rootIDs: Array.from({ length: 10_000 }, (_, index) => `${index}`.repeat(2000)) }],
])("an artifact with more %s than anybody needs is refused in few words", (_, config) => {
  const { message } = failure(() => check(deployment({}), artifact(config)));
  expect(message.length).toBeLessThan(8000);
});

describe("upstreams", () => {
  const bound = (...names: string[]) =>
    deployment({ upstreams: Object.fromEntries(names.map((name) => [name, { service: "auth", port: 80 }])) });

  test("are all bound, and no others are", () => {
    expect(() => check(bound("auth", "audit"), artifact({ upstreams: ["auth", "audit"] }))).not.toThrow();
    expect(() => check(bound(), artifact({ upstreams: [] }))).not.toThrow();
  });

  test("are refused where the filter calls one that nothing is bound to, or would never call one that is", () => {
    expect(failure(() => check(bound("aut", "other"), artifact({ upstreams: ["auth", "audit"] })))).toEqual({
      code: "ASMF_UPSTREAMS_INVALID",
      message: [
        "the upstreams do not fit the filter:",
        "  spec.filter.upstreams.auth: missing; the filter calls it, so bind it to a service and a port",
        "  spec.filter.upstreams.audit: missing; the filter calls it, so bind it to a service and a port",
        "  spec.filter.upstreams.aut: the filter calls no upstream of this name; did you mean auth?",
        "  spec.filter.upstreams.other: the filter calls no upstream of this name",
      ].join("\n"),
    });
    expect(failure(() => check(bound("auth"), artifact({ upstreams: [] }))).code).toBe("ASMF_UPSTREAMS_INVALID");
  });

  test("are not judged where nobody says which the filter calls", () => {
    expect(() => check(bound("any"), artifact({}))).not.toThrow();
    expect(() => check(bound("any"), artifact(undefined))).not.toThrow();
  });

  test("are in the domain of the cluster", () => {
    const { config } = slotContent(bound("auth"), artifact(), { clusterDomain: "example.org" });
    expect(JSON.stringify(config)).toContain("outbound|80||auth.default.svc.example.org");
  });

  test("that are bound to something else make another VM and leave its id, by which it finds its shared data", () => {
    const vm = (port: number) => {
      const { typed_config } = slotContent(
        deployment({ upstreams: { auth: { service: "auth", port } } }),
        artifact(),
      ).config;
      return (typed_config as WasmFilter).config.vm_config;
    };
    expect(vm(80).configuration).not.toEqual(vm(81).configuration);
    expect(vm(80).vm_id).toBe(vm(81).vm_id);
  });
});

describe("capabilitiesOf", () => {
  test("is what the module imports and exports, sorted and once each", () => {
    expect(capabilitiesOf(deployment(), artifact({}, ["proxy_on_log", "fd_write", "proxy_on_log"]))).toEqual([
      "fd_write",
      "proxy_on_log",
    ]);
  });

  test("is no restriction only where that is asked for", () => {
    expect(capabilitiesOf(deployment({ capabilities: "All" }), artifact())).toBe("All");
  });
});

describe("render", () => {
  const settings = { address: "a:1", ca: "", token: () => "" };

  test("refuses the mesh's root namespace, whatever it is called", () => {
    const inRoot = (namespace: string, rootNamespace?: string) =>
      failure(() =>
        render(deployment({}, { namespace }), artifact(), { ...settings, ...(rootNamespace && { rootNamespace }) }),
      ).code;
    expect(inRoot("istio-system")).toBe("ASMF_NAMESPACE_REFUSED");
    expect(inRoot("mesh", "mesh")).toBe("ASMF_NAMESPACE_REFUSED");
  });

  test("gives the same EnvoyFilter for another image, other parameters, and with the filter switched off", () => {
    const before = render(deployment({ parameters: { value: "a" } }), artifact(), settings);
    const after = deployment({ image: "registry.example.com/hello:2", parameters: { value: "b" }, env: { A: "1" } });
    after.spec.enabled = false;
    expect(render(after, { ...artifact(), digest: `sha256:${"c".repeat(64)}` }, settings)).toEqual(before);
  });

  test("says that a delivery does not exist yet", () => {
    const served = deployment();
    served.spec.delivery = "Served";
    expect(failure(() => render(served, artifact(), settings)).code).toBe("ASMF_NOT_SUPPORTED");
  });
});
