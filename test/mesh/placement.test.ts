import { createHash } from "node:crypto";
import { type ASMFilterDeployment, parseDeployment } from "@asmfilter/controller/api";
import { type Artifact, envoyFilterName, render, type Settings, slotName } from "@asmfilter/controller/render";
import { CustomObjectsApi } from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { agentModuleFolder, available, Mesh, type Pod, Registry, requirePart, startMesh } from "../stack/index.ts";
import { markingCapabilities, markingFilter as wasm } from "./marking-filter.ts";

const settings: Settings = {
  // Nobody answers there: what is looked at is where the slot stands.
  address: "127.0.0.1:1",
  ca: "",
  token: () => "",
  initialFetchTimeout: 1,
};
const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const artifact: Artifact = {
  digest: digestOf(wasm),
  wasmSha256: digestOf(wasm).slice("sha256:".length),
  size: wasm.length,
  capabilities: markingCapabilities,
};

function deployment(name: string, spec: object, filter: object = {}): ASMFilterDeployment {
  return parseDeployment({
    apiVersion: "asmfilter.io/v1",
    kind: "ASMFilterDeployment",
    metadata: { name },
    spec: {
      workload: { labels: { app: "web" } },
      failurePolicy: "FailOpen",
      ...spec,
      filter: { image: "registry.example.com/hello:1", ...filter },
    },
  });
}

describe("a rendered EnvoyFilter, in a real mesh,", () => {
  let mesh: Mesh;
  let pod: Pod;
  let applied: string[] = [];

  beforeAll(async () => {
    if (!available(Mesh)) return;
    mesh = await startMesh();
    // An agent that is built from the module's source would call its version "unknown".
    pod = await mesh.addPod({ name: "web", env: { ISTIO_META_ISTIO_VERSION: "1.31.0" } });
  });
  afterAll(() => mesh?.stop());
  beforeEach((context) => requirePart(context, Mesh));

  afterEach(async () => {
    const custom = mesh?.apiserver.config.makeApiClient(CustomObjectsApi);
    const kind = { group: "networking.istio.io", version: "v1alpha3", namespace: "default", plural: "envoyfilters" };
    for (const name of applied) await custom.deleteNamespacedCustomObject({ ...kind, name });
    applied = [];
    if (mesh !== undefined) await expect.poll(chains, { timeout: 20_000 }).not.toContain("asmfilter.io/");
  });

  async function apply(...deployments: ASMFilterDeployment[]): Promise<void> {
    await mesh.apiserver.apply(deployments.map((one) => render(one, artifact, settings)));
    applied.push(...deployments.map(envoyFilterName));
  }

  /** The filters of the inbound listener's HTTP chain, in order, of the newest configuration. */
  async function chain(): Promise<string[]> {
    const listeners = await dumpedListeners(pod);
    const inbound = listeners.find(({ address }) => address.socket_address.address === pod.identity.ip);
    return inbound?.filter_chains[0]?.filters[0]?.typed_config?.http_filters?.map(({ name }) => name) ?? [];
  }
  const chains = async () => (await chain()).join(" ");

  const slotOf = (name: string) => slotName(deployment(name, {}));

  test.each<[string, object, object, (names: string[]) => unknown, unknown]>([
    ["directly before the router", {}, {}, (names) => names.slice(-2), [slotOf("hello"), "envoy.filters.http.router"]],
    ["first", { placement: { first: true } }, {}, (names) => names[0], slotOf("hello")],
    [
      "directly after another filter",
      { placement: { after: "envoy.filters.http.cors" } },
      {},
      (names) => names[names.indexOf("envoy.filters.http.cors") + 1],
      slotOf("hello"),
    ],
    ["on the port that is named", { match: { ports: [8080] } }, {}, (names) => names.at(-2), slotOf("hello")],
    [
      "once, in any context",
      {},
      { patchContext: "ANY" },
      (names) => names.filter((name) => name === slotOf("hello")).length,
      1,
    ],
    [
      "on the proxies of the version",
      { match: { proxyVersion: "^1\\.[0-9]+" } },
      {},
      (names) => names.at(-2),
      slotOf("hello"),
    ],
  ])("puts the slot %s", async (_, spec, filter, look, expected) => {
    await apply(deployment("hello", spec, filter));
    await expect.poll(async () => look(await chain()), { timeout: 20_000 }).toEqual(expected);
  });

  test("runs filters at one anchor in ascending order of priority, whatever order they came in", async () => {
    const priority = (name: string, priority: number) => deployment(name, { placement: { priority } });
    await apply(priority("last", 30), priority("first", -5), priority("second", 10));
    const ours = async () => (await chain()).filter((name) => name.startsWith("asmfilter.io/"));
    await expect.poll(ours, { timeout: 20_000 }).toEqual([slotOf("first"), slotOf("second"), slotOf("last")]);
  });

  test("puts it nowhere else", async () => {
    await apply(
      deployment("port", { match: { ports: [9999] } }),
      deployment("version", { match: { proxyVersion: "^0\\." } }),
      deployment("workload", { workload: { labels: { app: "another" } } }),
      deployment("context", {}, { patchContext: "GATEWAY" }),
      deployment("tcp", {}, { type: "NETWORK" }),
      // By this one it is seen that the others have arrived too.
      deployment("zzz", { placement: { priority: 100 } }),
    );
    await expect.poll(chains, { timeout: 20_000 }).toContain(slotOf("zzz"));
    const ours = (await chain()).filter((name) => name.startsWith("asmfilter.io/"));
    expect(ours).toEqual([slotOf("zzz")]);
  });

  describe("with delivery Registry", () => {
    const registry = new Registry();
    let pushed: Artifact;

    beforeAll(async () => {
      if (!available(Mesh, Registry, agentModuleFolder)) return;
      await registry.start();
      pushed = { ...artifact, digest: await push(registry.address) };
    });
    afterAll(() => registry.stop());
    beforeEach((context) => requirePart(context, Registry, agentModuleFolder));

    const hello = (spec: object = {}) =>
      deployment("hello", { delivery: "Registry", ...spec }, { image: `${registry.address}/hello:1` });

    test("needs nothing but the agent and the registry, and is switched off by a field", async () => {
      const agent = await mesh.addPod({
        name: "registry",
        labels: { app: "web" },
        env: { WASM_INSECURE_REGISTRIES: registry.address },
      });
      const ran = async () => (await agent.request()).headers["x-ran"];
      try {
        await mesh.apiserver.apply([render(hello(), pushed, settings)]);
        applied.push("asmf-hello");
        await expect.poll(ran, { timeout: 30_000 }).toBe("yes");
        await mesh.apiserver.apply([render(hello({ enabled: false }), pushed, settings)]);
        await expect.poll(ran, { timeout: 30_000 }).toBeUndefined();
      } finally {
        await mesh.removePod(agent);
      }
    });
  });
});

interface DumpedListener {
  address: { socket_address: { address: string } };
  filter_chains: { filters: { typed_config?: { http_filters?: { name: string }[] } }[] }[];
}

/** The listeners that Envoy has or is warming up, the newest of each name. */
async function dumpedListeners(pod: Pod): Promise<DumpedListener[]> {
  const { configs } = JSON.parse(await pod.admin("/config_dump?resource=dynamic_listeners")) as {
    configs?: Record<"active_state" | "warming_state", { listener: DumpedListener } | undefined>[];
  };
  return (configs ?? []).flatMap(({ active_state, warming_state }) => (warming_state ?? active_state)?.listener ?? []);
}

/** Pushes the module as the design's artifact, of two layers; returns the manifest's digest. */
async function push(address: string): Promise<string> {
  const blob = async (mediaType: string, bytes: Buffer) => {
    const digest = digestOf(bytes);
    const started = await fetch(`http://${address}/v2/hello/blobs/uploads/`, { method: "POST" });
    const url = new URL(started.headers.get("location")!, `http://${address}`);
    url.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    expect((await fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers })).status).toBe(201);
    return { mediaType, digest, size: bytes.length };
  };
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: await blob("application/vnd.module.wasm.config.v1+json", Buffer.from("{}")),
      layers: [
        await blob("text/markdown", Buffer.from("# hello\n")),
        await blob("application/vnd.module.wasm.content.layer.v1+wasm", wasm),
      ],
    }),
  );
  const put = { method: "PUT", body: new Uint8Array(manifest), headers: { "content-type": mediaType } };
  expect((await fetch(`http://${address}/v2/hello/manifests/1`, put)).status).toBe(201);
  return digestOf(manifest);
}
