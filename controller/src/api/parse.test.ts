import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { AsmFilterError, parseDeployment } from "./index.ts";

interface Row {
  name: string;
  spec: object;
  refused?: string;
}

const rows: Row[] = parse(readFileSync(join(import.meta.dirname, "testdata", "resources.yaml"), "utf8"));

const resource = (spec: object, metadata: object = { name: "hello" }) => ({
  apiVersion: "asmfilter.io/v1",
  kind: "ASMFilterDeployment",
  metadata,
  spec,
});
const smallest = { workload: { labels: { app: "details" } }, filter: { image: "registry.example.com/hello" } };

function refusal(value: unknown): string {
  try {
    parseDeployment(value);
  } catch (error) {
    expect(error).toBeInstanceOf(AsmFilterError);
    expect((error as AsmFilterError).code).toBe("ASMF_RESOURCE_INVALID");
    return (error as AsmFilterError).message;
  }
  throw new Error("it was accepted");
}

describe("parseDeployment, on the table that the API server is asked too,", () => {
  test.each(rows.filter((row) => row.refused === undefined))("accepts $name", ({ spec }) => {
    expect(() => parseDeployment(resource(spec))).not.toThrow();
  });

  test.each(rows.filter((row) => row.refused !== undefined))("refuses $name", ({ spec, refused }) => {
    expect(refusal(resource(spec))).toContain(refused);
  });
});

describe("parseDeployment", () => {
  test("fills in the defaults, those apart that the artifact may give", () => {
    expect(parseDeployment(resource(smallest))).toEqual({
      apiVersion: "asmfilter.io/v1",
      kind: "ASMFilterDeployment",
      metadata: { name: "hello", namespace: "default" },
      spec: {
        workload: { kind: "Deployment", labels: { app: "details" } },
        filter: {
          image: "registry.example.com/hello",
          imagePullPolicy: "IfNotPresent",
          imagePullOptions: { plainHTTP: false, insecureSkipVerify: false },
          capabilities: "Auto",
        },
        delivery: "Direct",
        enabled: true,
      },
    });
  });

  test("takes an object as the API server returns it", () => {
    const metadata = {
      ...{ name: "hello", namespace: "web", uid: "8b6d1c1e", generation: 3, resourceVersion: "7" },
      ...{ creationTimestamp: "2026-08-01T10:00:00Z", managedFields: [{ manager: "kubectl" }] },
    };
    const condition = {
      ...{ type: "Ready", status: "True", reason: "Ready", message: "" },
      lastTransitionTime: "2026-08-01T10:00:00Z",
    };
    const given = { ...resource(smallest, metadata), status: { conditions: [condition], someday: "more" } };
    const { metadata: kept, status } = parseDeployment(given);
    expect(kept).toEqual(metadata);
    expect(status).toEqual({ conditions: [condition] });
  });

  test("names every mistake with its path, one a line", () => {
    const spec = {
      workload: { label: { app: "details" } },
      filter: { image: "registry.example.com/hello", rootId: "hello", env: { ISTIO_META_X: "1" } },
      match: { ports: [90800] },
      enable: false,
    };
    expect(refusal(resource(spec)).split("\n")).toEqual([
      "ASMFilterDeployment hello is not valid:",
      "  spec.workload.labels: missing",
      "  spec.workload.label: unknown field; did you mean labels?",
      "  spec.filter.env: ISTIO_META_* is reserved for the istio-agent",
      "  spec.filter.rootId: unknown field; did you mean rootID?",
      "  spec.match.ports[0]: Too big: expected number to be <=65535",
      "  spec.enable: unknown field; did you mean enabled?",
    ]);
  });

  test("suggests nothing for a field that is like no other", () => {
    const message = refusal(resource({ ...smallest, filter: { ...smallest.filter, quux: 1 } }));
    expect(message).toMatch(/spec\.filter\.quux: unknown field$/);
  });

  test.each([
    ["another kind", { ...resource(smallest), kind: "WasmPlugin" }, "kind: expected ASMFilterDeployment"],
    ["another version", { ...resource(smallest), apiVersion: "v2" }, "apiVersion: expected asmfilter.io/v1"],
    ["no name", resource(smallest, {}), "metadata.name: missing"],
    ["a name that is no DNS name", resource(smallest, { name: "Hello" }), "metadata.name: not a DNS name"],
    ["a name too long for its EnvoyFilter", resource(smallest, { name: "a".repeat(249) }), "metadata.name"],
    [
      "a namespace that could leave its path",
      resource(smallest, { name: "a", namespace: "../b" }),
      "metadata.namespace",
    ],
    ["nothing", null, "the resource: expected object"],
    ["a list", [], "the resource: expected object"],
  ])("refuses %s", (_, value, message) => {
    expect(refusal(value)).toContain(message);
  });
});
