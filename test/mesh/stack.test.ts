import { CoreV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  available,
  DockerRegistry,
  type Echo,
  Envoy,
  Mesh,
  type Pod,
  Registry,
  requirePart,
  startMesh,
} from "../stack/index.ts";

describe("the mesh", () => {
  let mesh: Mesh;
  let pod: Pod;

  beforeAll(async () => {
    if (!available(Mesh)) return;
    mesh = await startMesh();
    pod = await mesh.addPod({ name: "web" });
  });
  afterAll(() => mesh?.stop());
  beforeEach((context) => requirePart(context, Mesh));

  test("the API server applies resources of Istio's CRDs and keeps fields of other managers", async () => {
    const sidecar = (spec: object) => [
      { apiVersion: "networking.istio.io/v1", kind: "Sidecar", metadata: { name: "s", namespace: "default" }, spec },
    ];
    const [one, two] = [{ egress: [{ hosts: ["./*"] }] }, { workloadSelector: { labels: { app: "nobody" } } }];
    await mesh.apiserver.apply(sidecar(one), { fieldManager: "one" });
    await mesh.apiserver.apply(sidecar(two), { fieldManager: "two" });
    expect(await mesh.apiserver.read(sidecar({})[0]!)).toMatchObject({ spec: { ...one, ...two } });
  });

  test("the API server refuses what a CRD does not allow", async () => {
    const metadata = { name: "s", namespace: "default" };
    const spec = { outboundTrafficPolicy: { mode: "SOMETIMES" } };
    const sidecar = { apiVersion: "networking.istio.io/v1", kind: "Sidecar", metadata, spec };
    await expect(mesh.apiserver.apply([sidecar])).rejects.toThrow("spec.outboundTrafficPolicy.mode: Unsupported value");
  });

  test("a request through the pod's inbound listener reaches its application", async () => {
    const reply = await pod.request({ path: "/hello?x=1", method: "POST", headers: { "x-test": "yes" }, body: "ping" });
    expect(reply.status).toBe(200);
    expect(reply.headers.server).toBe("istio-envoy");
    expect(JSON.parse(reply.body) as Echo).toMatchObject({
      method: "POST",
      path: "/hello?x=1",
      headers: { "x-test": "yes" },
      body: "ping",
    });
  });

  test("the pod is in the API server, running, at the address that its Envoy listens on", async () => {
    const { status } = await mesh.apiserver.config
      .makeApiClient(CoreV1Api)
      .readNamespacedPod({ name: "web", namespace: "default" });
    expect(status).toMatchObject({ phase: "Running", podIP: pod.identity.ip });
    expect(await pod.admin("/listeners")).toContain(pod.address);
  });

  test("istiod serves the pod's proxy", async () => {
    const proxies = (await mesh.istiod.debug("/debug/syncz")) as { proxy: string }[];
    expect(proxies.map(({ proxy }) => proxy)).toContain(pod.proxyID);
  });

  test("istiod programs an EnvoyFilter into a running pod", async () => {
    const lua = {
      name: "envoy.filters.http.lua",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
        default_source_code: {
          inline_string: 'function envoy_on_response(handle) handle:headers():add("x-lua", "here") end',
        },
      },
    };
    const filter = {
      apiVersion: "networking.istio.io/v1alpha3",
      kind: "EnvoyFilter",
      metadata: { name: "lua", namespace: "default" },
      spec: {
        workloadSelector: { labels: { app: "web" } },
        configPatches: [
          {
            applyTo: "HTTP_FILTER",
            match: {
              context: "SIDECAR_INBOUND",
              listener: {
                filterChain: {
                  filter: {
                    name: "envoy.filters.network.http_connection_manager",
                    subFilter: { name: "envoy.filters.http.router" },
                  },
                },
              },
            },
            patch: { operation: "INSERT_BEFORE", value: lua },
          },
        ],
      },
    };
    await mesh.apiserver.apply([filter]);
    await expect.poll(async () => (await pod.request()).headers["x-lua"], { timeout: 15_000 }).toBe("here");
  });

  test("istiod's webhook refuses an EnvoyFilter with a type that Envoy does not have", async () => {
    const value = { name: "x", typed_config: { "@type": "type.googleapis.com/no.such.Type" } };
    const filter = {
      apiVersion: "networking.istio.io/v1alpha3",
      kind: "EnvoyFilter",
      metadata: { name: "bad", namespace: "default" },
      spec: { configPatches: [{ applyTo: "HTTP_FILTER", patch: { operation: "INSERT_FIRST", value } }] },
    };
    await expect(mesh.apiserver.apply([filter])).rejects.toThrow(/validation\.istio\.io.*no\.such\.Type/);
  });

  test("a pod that is removed is gone from the API server and the machine", async () => {
    const other = await mesh.addPod({ name: "other", namespace: "elsewhere" });
    expect((await other.request()).status).toBe(200);
    await mesh.removePod(other);
    await expect(other.request()).rejects.toThrow("ECONNREFUSED");
    const { items } = await mesh.apiserver.config
      .makeApiClient(CoreV1Api)
      .listNamespacedPod({ namespace: "elsewhere" });
    expect(items).toEqual([]);
  });

  test("istiod comes back at its address, and pods meet it again", async () => {
    await mesh.istiod.stop({ keep: true });
    expect((await pod.request()).status).toBe(200);
    await mesh.istiod.start(mesh);
    const proxies = async () => (await mesh.istiod.debug("/debug/syncz")) as { proxy: string }[] | null;
    await expect
      .poll(async () => (await proxies())?.map(({ proxy }) => proxy) ?? [], { timeout: 30_000 })
      .toContain(pod.proxyID);
  });
});

describe("a stock Envoy", () => {
  beforeEach((context) => requirePart(context, Envoy));

  test("answers by the static configuration that it was given", async () => {
    const envoy = new Envoy({ static: { listeners: [directResponse("hello from Envoy")] } });
    await envoy.start();
    try {
      const reply = await fetch(`http://127.0.0.1:${await envoy.port("web")}/`);
      expect([reply.status, await reply.text()]).toEqual([200, "hello from Envoy"]);
      expect(await envoy.admin("/stats?filter=downstream_rq_2xx")).toContain("downstream_rq_2xx: 1");
    } finally {
      await envoy.stop();
    }
    expect(envoy.running).toBe(false);
  });

  test("says why when it refuses a configuration", async () => {
    // Only the end of the message: protobuf puts spaces into it at random.
    const envoy = new Envoy({ static: { listeners: [{ name: "web", adress: {} }] } });
    await expect(envoy.start()).rejects.toThrow("'adress') has unknown fields");
    await envoy.stop();
  });
});

describe("go-containerregistry's registry", () => {
  beforeEach((context) => requirePart(context, Registry));

  test("takes a manifest and lists it as a referrer", async () => {
    const registry = new Registry();
    await registry.start();
    try {
      const subject = {
        digest: `sha256:${"0".repeat(64)}`,
        size: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
      };
      await pushManifest(`http://${registry.address}`, { subject });
      const referrers = await fetch(`http://${registry.address}/v2/a/referrers/${subject.digest}`);
      expect(await referrers.json()).toMatchObject({
        manifests: [{ mediaType: subject.mediaType, artifactType: "application/vnd.oci.empty.v1+json" }],
      });
    } finally {
      await registry.stop();
    }
    await expect(fetch(`http://${registry.address}/v2/`)).rejects.toThrow();
  });
});

describe("docker-registry", () => {
  beforeEach((context) => requirePart(context, DockerRegistry));

  test("asks for the password it was started with, and keeps its content over a restart", async () => {
    const registry = new DockerRegistry({ username: "robot", password: "pa:ss word" });
    const authorization = `Basic ${Buffer.from("robot:pa:ss word").toString("base64")}`;
    await registry.start();
    try {
      const url = `http://${registry.address}`;
      expect((await fetch(`${url}/v2/`)).status).toBe(401);
      expect((await fetch(`${url}/v2/`, { headers: { authorization: `Basic ${btoa("robot:wrong")}` } })).status).toBe(
        401,
      );
      await pushManifest(url, {}, authorization);
      await registry.stop({ keep: true });
      await expect(fetch(`${url}/v2/`)).rejects.toThrow();
      await registry.start();
      const headers = { authorization, accept: "application/vnd.oci.image.manifest.v1+json" };
      expect((await fetch(`${url}/v2/a/manifests/latest`, { headers })).status).toBe(200);
    } finally {
      await registry.stop();
    }
  });
});

/** Pushes an empty config and a manifest of no layers as `a:latest`. */
async function pushManifest(url: string, more: object, authorization = ""): Promise<void> {
  const headers = authorization ? { authorization } : undefined;
  // The digest of "{}" is one that the image specification itself gives.
  const digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  const upload = await fetch(`${url}/v2/a/blobs/uploads/`, { method: "POST", ...(headers && { headers }) });
  const location = new URL(upload.headers.get("location")!, url);
  location.searchParams.set("digest", digest);
  const blob = await fetch(location, { method: "PUT", body: "{}", ...(headers && { headers }) });
  expect(blob.status).toBe(201);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest, size: 2 };
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [], ...more });
  const put = { method: "PUT", body, headers: { ...headers, "content-type": mediaType } };
  expect((await fetch(`${url}/v2/a/manifests/latest`, put)).status).toBe(201);
}

function directResponse(text: string): object {
  const route = { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: text } } };
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "web",
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }] },
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
  };
  return {
    name: "web",
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  };
}
