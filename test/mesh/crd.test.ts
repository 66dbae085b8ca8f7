import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ApiException,
  AuthorizationV1Api,
  CustomObjectsApi,
  type KubernetesObject,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { ApiServer, available, Etcd, requirePart } from "../stack/index.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

interface Row {
  name: string;
  spec: object;
  refused?: string;
}
const rows: Row[] = parse(read("controller", "src", "api", "testdata", "resources.yaml"));
const manifest = parseAllDocuments(read("deploy", "controller.yaml")).map(
  (document) => document.toJS() as KubernetesObject,
);

const deployments = {
  group: "asmfilter.io",
  version: "v1",
  plural: "asmfilterdeployments",
  namespace: "default",
} as const;

const resource = (name: string, spec: object) => ({
  apiVersion: "asmfilter.io/v1",
  kind: "ASMFilterDeployment",
  metadata: { name },
  spec,
});
const smallest = { workload: { labels: { app: "details" } }, filter: { image: "registry.example.com/hello:0.1" } };

describe("deploy/, on a real API server,", () => {
  const etcd = new Etcd();
  const apiserver = new ApiServer();
  let custom: CustomObjectsApi;

  beforeAll(async () => {
    if (!available(Etcd, ApiServer)) return;
    await etcd.start();
    await apiserver.start({ etcd });
    for (const file of readdirSync(join(root, "deploy", "crds"))) await apiserver.apply(read("deploy", "crds", file));
    custom = apiserver.config.makeApiClient(CustomObjectsApi);
  });
  afterAll(async () => {
    await apiserver.stop();
    await etcd.stop();
  });
  beforeEach((context) => requirePart(context, Etcd, ApiServer));

  /** What the API server says to a resource, as `kubectl apply` would ask; undefined when it takes it. */
  async function refusal(name: string, spec: object): Promise<string | undefined> {
    try {
      await custom.createNamespacedCustomObject({
        ...deployments,
        body: resource(name, spec),
        dryRun: "All",
        fieldValidation: "Strict",
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiException)) throw error;
      return JSON.parse(error.body).message;
    }
  }

  /** A resource by the columns that the server prints for kubectl. */
  async function asTable(name: string): Promise<Record<string, unknown>> {
    const accept = setHeaderOptions("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    const table = await custom.getNamespacedCustomObject({ ...deployments, name }, accept);
    const columns = table.columnDefinitions as { name: string }[];
    return Object.fromEntries(columns.map((column, index) => [column.name, table.rows[0].cells[index]]));
  }

  describe("the CRD, on the table that parseDeployment is asked too,", () => {
    test.each(rows.filter((row) => row.refused === undefined))("accepts $name", async ({ spec }) => {
      expect(await refusal("hello", spec)).toBeUndefined();
    });

    test.each(rows.filter((row) => row.refused !== undefined))("refuses $name", async ({ spec, refused }) => {
      expect(await refusal("hello", spec)).toContain(refused);
    });

    test("refuses a name that is too long for its EnvoyFilter", async () => {
      expect(await refusal("a".repeat(249), smallest)).toContain("metadata.name");
    });
  });

  test("a resource gets its defaults, and keeps parameters of any depth", async () => {
    const parameters = { routes: [{ path: "/", headers: { a: [1, "two", null, true] } }] };
    const body = resource("defaults", { ...smallest, filter: { ...smallest.filter, parameters } });
    expect((await custom.createNamespacedCustomObject({ ...deployments, body })).spec).toEqual({
      workload: { kind: "Deployment", labels: { app: "details" } },
      filter: {
        image: "registry.example.com/hello:0.1",
        imagePullPolicy: "IfNotPresent",
        imagePullOptions: { plainHTTP: false, insecureSkipVerify: false },
        capabilities: "Auto",
        parameters,
      },
      delivery: "Direct",
      enabled: true,
    });
  });

  test("`kubectl get asmf` shows whether the proxies run it", async () => {
    await custom.createNamespacedCustomObject({ ...deployments, body: resource("shown", smallest) });
    const condition = {
      ...{ type: "Ready", status: "False", reason: "Refused", message: "pod a: Unable to create Wasm plugin" },
      lastTransitionTime: "2026-08-01T10:00:00Z",
      observedGeneration: 1,
    };
    const status = {
      observedGeneration: 1,
      conditions: [condition],
      image: { reference: "registry.example.com/hello:0.1", digest: "sha256:abc", wasmSha256: "def", size: 3 },
      envoyFilter: { name: "asmf-shown", hash: "0123" },
      proxies: { matched: 3, running: 2, failing: 1, unknown: 0 },
      history: [{ digest: "sha256:abc", time: "2026-08-01T10:00:00Z", reason: "Created" }],
    };
    const body = [{ op: "add", path: "/status", value: status }];
    const written = await custom.patchNamespacedCustomObjectStatus({ ...deployments, name: "shown", body });
    expect(written.status).toEqual(status);

    expect(await asTable("shown")).toEqual({
      ...{ Name: "shown", Image: "registry.example.com/hello:0.1", Ready: "False", Running: 2, Matched: 3 },
      ...{ Reason: "Refused", Age: expect.any(String) },
      // With -o wide.
      ...{ Digest: "sha256:abc", Failing: 1, Message: condition.message },
    });
  });

  test("a status with a condition that nobody knows is refused", async () => {
    await custom.createNamespacedCustomObject({ ...deployments, body: resource("status", smallest) });
    const conditions = [
      { type: "Reddy", status: "True", reason: "R", message: "", lastTransitionTime: "2026-08-01T10:00:00Z" },
    ];
    const body = [{ op: "add", path: "/status", value: { conditions } }];
    const written = custom.patchNamespacedCustomObjectStatus({ ...deployments, name: "status", body });
    await expect(written).rejects.toThrow("status.conditions[0].type");
  });

  describe("the controller's manifest", () => {
    const user = "system:serviceaccount:asmfilter-system:asmfilter-controller";

    beforeAll(async () => {
      if (!apiserver.running) return;
      // The namespace first; then again, as an upgrade would.
      await apiserver.apply(manifest.slice(0, 1));
      await apiserver.apply(manifest);
      await apiserver.apply(manifest);
    });

    async function may(verb: string, group: string, kind: string, namespace: string, name?: string): Promise<boolean> {
      const [plural, subresource] = kind.split("/");
      const resourceAttributes = {
        verb,
        group,
        resource: plural!,
        namespace,
        ...(subresource && { subresource }),
        ...(name && { name }),
      };
      const review = await apiserver.config.makeApiClient(AuthorizationV1Api).createSubjectAccessReview({
        body: { spec: { user, resourceAttributes } },
      });
      return review.status!.allowed;
    }

    test.each([
      ["watch", "asmfilter.io", "asmfilterdeployments", "default"],
      ["patch", "asmfilter.io", "asmfilterdeployments/status", "default"],
      ["patch", "networking.istio.io", "envoyfilters", "default"],
      ["delete", "networking.istio.io", "envoyfilters", "default"],
      ["list", "", "pods", "default"],
      ["get", "", "secrets", "default", "regcred"],
      ["create", "events.k8s.io", "events", "default"],
      ["create", "apps", "controllerrevisions", "default"],
      ["create", "", "secrets", "asmfilter-system"],
    ])("lets the controller %s %s %s in %s", async (...what) => {
      expect(await may(...(what as [string, string, string, string, string?]))).toBe(true);
    });

    test.each([
      ["update", "asmfilter.io", "asmfilterdeployments", "default"],
      ["delete", "asmfilter.io", "asmfilterdeployments", "default"],
      ["list", "", "secrets", "default"],
      ["update", "", "secrets", "default", "regcred"],
      ["create", "", "secrets", "default"],
      ["create", "", "pods/exec", "default"],
      ["delete", "", "pods", "default"],
      ["patch", "networking.istio.io", "virtualservices", "default"],
      ["update", "", "secrets", "asmfilter-system", "asmfilter-controller"],
      ["get", "", "configmaps", "default"],
    ])("does not let it %s %s %s in %s", async (...what) => {
      expect(await may(...(what as [string, string, string, string, string?]))).toBe(false);
    });
  });
});
