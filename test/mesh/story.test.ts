import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  asmfilter,
  available,
  Controller,
  DockerRegistry,
  Mesh,
  type Pod,
  removeFolder,
  requirePart,
  startMesh,
  Traffic,
  temporaryFolder,
} from "../stack/index.ts";
import { Deployments, deployment, pullSecret } from "./deployments.ts";
import { refusesItsConfiguration } from "./guests.ts";

const hello = join(import.meta.dirname, "..", "..", "filters", "hello");
const login = { username: "robot", password: "correct horse" };

/** Each proxy pushes its word within milliseconds; the time is istiod's, whose push waits for quiet. */
const soon = { timeout: 20_000, interval: 50 };

/** A proxy that lost its controller asks again after a random wait that grows to 30 s (Envoy's xDS back-off), and may then meet gRPC's own. */
const healed = { timeout: 100_000, interval: 100 };

describe("one filter, all the way", () => {
  let mesh: Mesh;
  let registry: DockerRegistry;
  let controller: Controller;
  let deployments: Deployments;
  let pod: Pod;
  let image: string;

  const header = async (name = "x-hello", from = pod) => (await from.request()).headers[name];
  /** What a change of the filter chain would move. */
  const listener = async (from = pod) => {
    const stats = await from.admin(
      "/stats?filter=^listener_manager.(listener_(added|modified|removed|in_place_updated)|lds.version)$",
    );
    return stats.trim();
  };

  beforeAll(async () => {
    if (!available(Mesh, DockerRegistry)) return;
    registry = new DockerRegistry(login);
    [mesh] = await Promise.all([startMesh(), registry.start()]);
    deployments = new Deployments(mesh.apiserver);
    controller = new Controller();
    await controller.start(mesh);
    pod = await mesh.addPod({ name: "details" });
    image = `${registry.address}/filters/hello:0.1.0`;
  });
  afterAll(async () => {
    await controller?.stop();
    await Promise.all([mesh?.stop(), registry?.stop()]);
  });
  beforeEach((context) => requirePart(context, Mesh, DockerRegistry));

  test("from its source into a proxy, changed, switched off and taken away, and no request fails", async () => {
    const traffic = new Traffic(pod).start();

    const resource = { name: "hello", image, pullSecret: "regcred" };

    // Built, and pushed to a registry that wants a password.
    await asmfilter(["build", hello]);
    const pushed = await asmfilter(
      ["push", hello, image, "--username", login.username, "--password-stdin"],
      login.password,
    );
    const digest = /@(sha256:[0-9a-f]{64})\s*$/.exec(pushed.stdout)![1]!;

    // One resource, and the header is there, by the proxy's own word.
    await mesh.apiserver.apply([
      pullSecret("regcred", registry.address, login),
      deployment({ ...resource, parameters: { value: "world" } }),
    ]);
    await expect.poll(() => header(), soon).toBe("world");
    await deployments.condition("hello", "Ready", "True");
    const status = await deployments.status("hello");
    expect(status.image).toMatchObject({ reference: image, digest });
    expect(status.proxies).toEqual({ matched: 1, running: 1, failing: 0, unknown: 0 });
    expect(status.conditions?.map(({ type, status }) => `${type} ${status}`)).toEqual([
      "Resolved True",
      "Verified Unknown",
      "Valid True",
      "Programmed True",
      "Ready True",
    ]);

    // Other parameters are another answer on the stream that is open: nothing restarts, no listener changes, nothing is pushed through the mesh.
    const before = await listener();
    const written = await deployments.envoyFilters();
    await mesh.apiserver.apply([deployment({ ...resource, parameters: { value: "universe" } })]);
    await expect.poll(() => header(), soon).toBe("universe");

    // The kill switch.
    await mesh.apiserver.apply([deployment({ ...resource, parameters: { value: "universe" }, enabled: false })]);
    await expect.poll(() => header(), soon).toBeUndefined();
    await mesh.apiserver.apply([deployment({ ...resource, parameters: { value: "again" } })]);
    await expect.poll(() => header(), soon).toBe("again");
    expect(await listener()).toBe(before);
    expect(await deployments.envoyFilters()).toEqual(written);

    // Deleted: no header, no EnvoyFilter, no filter in the proxy, no stream.
    await deployments.delete("hello");
    await expect.poll(() => header(), soon).toBeUndefined();
    await expect.poll(() => deployments.envoyFilters(), soon).toEqual([]);
    await expect.poll(() => pod.admin("/config_dump"), soon).not.toContain("asmfilter.io/default/hello");
    await expect.poll(() => controller.metric("asmfilter_discovery_streams"), soon).toBe(0);

    const { answered, failures } = await traffic.stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(100);
  });

  describe("what goes wrong", () => {
    const traffic: Traffic[] = [];
    const watched = (...pods: Pod[]) => traffic.push(...pods.map((from) => new Traffic(from).start()));
    const noneFailed = async () => {
      // What should not reach a proxy gets the time in which it would have.
      await sleep(500);
      const ended = await Promise.all(traffic.splice(0).map((each) => each.stop()));
      for (const { answered, failures } of ended) {
        expect(failures).toEqual([]);
        expect(answered).toBeGreaterThan(10);
      }
    };
    const good = { name: "hello", app: "details", parameters: { value: "good" }, pullSecret: "regcred" };

    beforeEach(async () => {
      await mesh.apiserver.apply([pullSecret("regcred", registry.address, login), deployment({ ...good, image })]);
      await deployments.condition("hello", "Ready", "True");
      expect(await header()).toBe("good");
    });
    afterEach(async () => {
      await Promise.all(traffic.splice(0).map((each) => each.stop()));
      await deployments.delete("hello");
      await expect.poll(() => deployments.envoyFilters(), soon).toEqual([]);
    });

    test("an image that is not there leaves traffic untouched, and status says why", async () => {
      watched(pod);
      await mesh.apiserver.apply([deployment({ ...good, image: `${registry.address}/filters/hello:9.9.9` })]);
      await deployments.condition("hello", "Resolved", "False", "has no filters/hello:9.9.9 (404)");
      await deployments.condition("hello", "Ready", "False");
      expect(await header()).toBe("good");
      await noneFailed();
    });

    test("a password that the registry refuses leaves traffic untouched, is not repeated anywhere, and status says why", async () => {
      watched(pod);
      const secret = { username: "robot", password: "hunter2hunter2" };
      await mesh.apiserver.apply([pullSecret("wrong", registry.address, secret)]);
      await asmfilter(
        ["push", hello, `${registry.address}/filters/hello:0.1.1`, "--username", login.username, "--password-stdin"],
        login.password,
      );
      await mesh.apiserver.apply([
        deployment({ ...good, pullSecret: "wrong", image: `${registry.address}/filters/hello:0.1.1` }),
      ]);
      const resolved = await deployments.condition("hello", "Resolved", "False");
      expect(resolved.message).toMatch(/unauthorized|401|credentials/i);
      expect(await header()).toBe("good");
      await noneFailed();
      expect(JSON.stringify(await deployments.status("hello")) + controller.logs()).not.toContain(secret.password);
    });

    test("parameters that the filter's schema refuses leave traffic untouched, and status names the field", async () => {
      watched(pod);
      await mesh.apiserver.apply([deployment({ ...good, image, parameters: { value: 7 } })]);
      const valid = await deployments.condition("hello", "Valid", "False");
      expect(valid.message).toContain("value");
      expect(valid.message).toContain("string");
      expect(await header()).toBe("good");

      await mesh.apiserver.apply([deployment({ ...good, image, parameters: { value: "better" } })]);
      await expect.poll(() => header(), soon).toBe("better");
      await deployments.condition("hello", "Valid", "True");
      await noneFailed();
    });

    test("a module that Envoy refuses is quoted in status in Envoy's words, and the one before goes on", async () => {
      watched(pod);
      const folder = await temporaryFolder("refused");
      const file = join(folder, "refused.wasm");
      await writeFile(file, refusesItsConfiguration());
      const refused = `${registry.address}/filters/refused:1`;
      await asmfilter(["push", file, refused, "--username", login.username, "--password-stdin"], login.password);
      await removeFolder(folder);

      await mesh.apiserver.apply([deployment({ ...good, image: refused })]);
      await deployments.condition("hello", "Ready", "False", "Unable to create Wasm");
      expect((await deployments.status("hello")).proxies).toEqual({ matched: 1, running: 0, failing: 1, unknown: 0 });
      expect(await header()).toBe("good");

      // A pod that starts meanwhile has none to go on with: it gets what the others run.
      const second = await mesh.addPod({ name: "details-4", labels: { app: "details" } });
      await expect.poll(() => header("x-hello", second), soon).toBe("good");
      await expect
        .poll(async () => (await deployments.status("hello")).proxies, soon)
        .toEqual({ matched: 2, running: 0, failing: 2, unknown: 0 });

      await mesh.apiserver.apply([deployment({ ...good, image, parameters: { value: "healed" } })]);
      await expect.poll(() => header(), soon).toBe("healed");
      await expect.poll(() => header("x-hello", second), soon).toBe("healed");
      await mesh.removePod(second);
      await deployments.condition("hello", "Ready", "True");
      await noneFailed();
    });

    test("a resource that is broken while the controller restarts goes on with what was good", async () => {
      await mesh.apiserver.apply([deployment({ ...good, image, parameters: { value: 7 } })]);
      await deployments.condition("hello", "Valid", "False");
      watched(pod);
      await controller.stop();
      await controller.start(mesh);
      // A new proxy knows nothing of before: it gets what was good from the controller.
      const second = await mesh.addPod({ name: "details-2", labels: { app: "details" } });
      await expect.poll(() => header("x-hello", second), soon).toBe("good");
      expect(await header()).toBe("good");
      await noneFailed();
      await mesh.removePod(second);
    });

    test("a controller that was away when proxies came up is met as the failure policy says, and they heal by themselves", async () => {
      await mesh.apiserver.apply([
        deployment({ ...good, name: "open", app: "ratings", image, failurePolicy: "FailOpen" }),
      ]);
      await deployments.condition("open", "Programmed", "True");
      controller.kill();
      watched(pod);
      const [closed, open] = await Promise.all([
        mesh.addPod({ name: "details-3", labels: { app: "details" } }),
        mesh.addPod({ name: "ratings-1", labels: { app: "ratings" } }),
      ]);
      expect((await closed.request()).status).toBe(500);
      const served = await open.request();
      expect([served.status, served.headers["x-hello"]]).toEqual([200, undefined]);
      // Whoever runs goes on.
      expect(await header()).toBe("good");

      await controller.start(mesh);
      await expect.poll(() => header("x-hello", closed), healed).toBe("good");
      await expect.poll(() => header("x-hello", open), healed).toBe("good");
      await expect
        .poll(async () => (await deployments.status("hello")).proxies, healed)
        .toEqual({ matched: 2, running: 2, failing: 0, unknown: 0 });
      await noneFailed();
      await Promise.all([mesh.removePod(closed), mesh.removePod(open)]);
      await deployments.delete("open");
    });
  });
});
