import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  asmfilter,
  available,
  Controller,
  Mesh,
  type Pod,
  Registry,
  removeFolder,
  requirePart,
  startMesh,
  temporaryFolder,
} from "../stack/index.ts";
import { Deployments, deployment } from "./deployments.ts";

const soon = { timeout: 20_000, interval: 50 };

const manifest = "name: asking\nversion: 0.1.0\nupstreams: [auth]\n";
const source = `
import { Action, filter, Headers, httpCall, HttpFilter, HttpRequest, Status, upstream } from "@asmfilter/sdk";

@filter("asking")
class Asking extends HttpFilter {
  private readonly auth: string = upstream("auth");
  private status: Status = Status.Ok;

  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    this.status = httpCall(this, this.auth, new HttpRequest("GET", "/asked", "auth"), null);
    return Action.Continue;
  }

  onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    headers.set("x-auth", this.auth);
    headers.set("x-call", this.status.toString());
    return Action.Continue;
  }
}`;

/** A service of the mesh outside its pods: counts the requests to its path. */
class Called {
  asked = 0;
  readonly #server: Server = createServer((request, response) => {
    if (request.url === "/asked") this.asked++;
    response.end();
  });

  async start(): Promise<number> {
    await new Promise<void>((listening) => this.#server.listen(0, "127.0.0.1", listening));
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

/** A Service whose endpoint is a process of this machine; EndpointSlices may not name a loopback address, a WorkloadEntry may. */
function service(name: string, targetPort: number): object[] {
  const metadata = { name, namespace: "default" };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: { called: name }, ports: [{ name: "http", port: 8080, targetPort }] },
    },
    {
      apiVersion: "networking.istio.io/v1",
      kind: "WorkloadEntry",
      metadata,
      spec: { address: "127.0.0.1", labels: { called: name } },
    },
  ];
}

describe("a filter that calls services by names", () => {
  const registry = new Registry();
  const [auth, other] = [new Called(), new Called()];
  let mesh: Mesh;
  let controller: Controller;
  let deployments: Deployments;
  let pod: Pod;
  let folder: string;
  let image: string;

  const bound = (service: string) => ({ auth: { service, port: 8080 } });
  const apply = (upstreams?: object) =>
    mesh.apiserver.apply([deployment({ name: "asking", image, ...(upstreams && { upstreams }) })]);
  const cluster = async () => (await pod.request()).headers["x-auth"];

  beforeAll(async () => {
    if (!available(Mesh, Registry)) return;
    [mesh] = await Promise.all([startMesh(), registry.start()]);
    deployments = new Deployments(mesh.apiserver);
    controller = new Controller();
    await controller.start(mesh);
    const [authPort, otherPort] = await Promise.all([auth.start(), other.start()]);
    await mesh.apiserver.apply([...service("auth", authPort), ...service("other", otherPort)] as never);
    pod = await mesh.addPod({ name: "details" });

    folder = await temporaryFolder("asking");
    await mkdir(join(folder, "assembly"));
    await writeFile(join(folder, "filter.yaml"), manifest);
    await writeFile(join(folder, "assembly", "index.ts"), source);
    image = `${registry.address}/filters/asking:1`;
    await asmfilter(["push", folder, image]);
  });
  afterAll(async () => {
    await controller?.stop();
    await Promise.all([mesh?.stop(), registry.stop(), auth.stop(), other.stop(), removeFolder(folder)]);
  });
  beforeEach((context) => requirePart(context, Mesh, Registry));

  test("does not reach a proxy before each name is bound, and status says which is not", async () => {
    await apply();
    const { reason, message } = await deployments.condition("asking", "Valid", "False");
    expect(reason).toBe("UpstreamsInvalid");
    expect(message).toContain("spec.filter.upstreams.auth: missing; the filter calls it");
    expect(await deployments.envoyFilters()).toEqual([]);

    await apply({ ...bound("auth"), audit: { service: "auth", port: 8080 } });
    await deployments.condition(
      "asking",
      "Valid",
      "False",
      "spec.filter.upstreams.audit: the filter calls no upstream",
    );
    expect(await deployments.envoyFilters()).toEqual([]);
  });

  test("is refused by render for the same reason", async () => {
    const file = join(folder, "unbound.json");
    await writeFile(file, JSON.stringify(deployment({ name: "asking", image })));
    await expect(asmfilter(["render", "-f", file])).rejects.toThrow("spec.filter.upstreams.auth: missing");
  });

  test("calls the service that its deployment binds, and another as soon as the binding says so", async () => {
    await apply(bound("auth"));
    await expect.poll(cluster, soon).toBe("outbound|8080||auth.default.svc.cluster.local");
    await expect.poll(async () => (await pod.request()) && auth.asked, soon).toBeGreaterThan(0);
    expect((await pod.request()).headers["x-call"]).toBe("0");
    expect(other.asked).toBe(0);

    // Nothing else of the resource changes: no parameters, no image.
    await apply(bound("other.default"));
    await expect.poll(cluster, soon).toBe("outbound|8080||other.default.svc.cluster.local");
    await expect.poll(async () => (await pod.request()) && other.asked, soon).toBeGreaterThan(0);
  });

  test("finds that a bound service which the mesh does not have is no cluster of the proxy's", async () => {
    await apply(bound("nobody"));
    await expect.poll(cluster, soon).toBe("outbound|8080||nobody.default.svc.cluster.local");
    // BadArgument: the call is not begun, and the filter goes on.
    const { status, headers } = await pod.request();
    expect([status, headers["x-call"]]).toEqual([200, "2"]);
  });
});
