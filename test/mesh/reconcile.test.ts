import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  type KubernetesObject,
} from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { available, requirePart } from "../stack/index.ts";
import { ControlPlane, soon } from "./control-plane.ts";
import { pullSecret } from "./deployments.ts";
import { Gate } from "./gate.ts";
import { helloModule } from "./slot-proxy.ts";

const namespace = "default";
const envoyFilters = { group: "networking.istio.io", version: "v1alpha3", plural: "envoyfilters", namespace };
const deployments = { group: "asmfilter.io", version: "v1", plural: "asmfilterdeployments", namespace };
const events = { group: "events.k8s.io", version: "v1", plural: "events", namespace };
const revisions = { group: "apps", version: "v1", plural: "controllerrevisions", namespace };

describe("a resource, while something else is out of order,", () => {
  const plane = new ControlPlane();
  const gates: Gate[] = [];
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    if (available(...ControlPlane.parts)) await plane.start();
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0)) await clean();
    await plane.stopProxies();
  });
  afterAll(async () => {
    await plane.stop();
    for (const gate of gates) await gate.close();
  });
  beforeEach((context) => requirePart(context, ...ControlPlane.parts));

  const objects = (): CustomObjectsApi => plane.apiserver.config.makeApiClient(CustomObjectsApi);
  const condition: ControlPlane["deployments"]["condition"] = (...is) => plane.deployments.condition(...is);

  /** A gate before the registry, and the image `hello:1` through it. */
  async function gate(): Promise<{ gate: Gate; image: string }> {
    const made = await new Gate().open(plane.registry.address);
    gates.push(made);
    return { gate: made, image: `${made.address}/filters/hello:1` };
  }

  /** Admission that takes a moment until it is in force: asked with a write that is not kept. */
  async function inForce(kind: typeof envoyFilters, body: KubernetesObject, refused: boolean): Promise<void> {
    const ask = (): Promise<boolean> =>
      objects()
        .createNamespacedCustomObject({ ...kind, dryRun: "All", body })
        .then(() => false)
        .catch(() => true);
    await expect.poll(ask, soon).toBe(refused);
  }

  const probe = (kind: typeof envoyFilters): KubernetesObject => ({
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.plural === "envoyfilters" ? "EnvoyFilter" : "ControllerRevision",
    metadata: { name: "probe", namespace },
    ...(kind.plural === "envoyfilters" ? { spec: {} } : { revision: 1, data: {} }),
  });

  /** Admission says no to everything of a kind, until the test is over or the returned function is called. */
  async function refuse(kind: typeof envoyFilters): Promise<() => Promise<void>> {
    const api = { apiGroups: [kind.group], apiVersions: ["*"], operations: ["CREATE", "UPDATE"] };
    const apiVersion = "admissionregistration.k8s.io/v1";
    const metadata = { name: "refused" };
    const policy = {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: [{ ...api, resources: [kind.plural] }] },
      validations: [{ expression: "false", message: "not in this cluster" }],
    };
    const binding = { policyName: "refused", validationActions: ["Deny"] };
    await plane.apiserver.apply([
      { apiVersion, kind: "ValidatingAdmissionPolicy", metadata, spec: policy } as KubernetesObject,
      { apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata, spec: binding } as KubernetesObject,
    ]);
    await inForce(kind, probe(kind), true);
    let over = false;
    const end = async (): Promise<void> => {
      if (over) return;
      over = true;
      const admission = plane.apiserver.config.makeApiClient(AdmissionregistrationV1Api);
      await admission.deleteValidatingAdmissionPolicyBinding(metadata);
      await admission.deleteValidatingAdmissionPolicy(metadata);
      await inForce(kind, probe(kind), false);
    };
    cleanUp.push(end);
    return end;
  }

  test("is switched off although its EnvoyFilter is refused, and says both", async () => {
    await plane.apply("refused");
    const envoy = await plane.proxy("refused");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    await refuse(envoyFilters);
    await plane.apply("refused", { enabled: false, failurePolicy: "FailOpen" });
    await expect.poll(() => envoy.header("x-hello"), soon).toBeNull();
    const programmed = await condition("refused", "Programmed", "False", "not in this cluster");
    expect(programmed.reason).toBe("EnvoyFilterRefused");
    expect(programmed.message).toContain("switched off all the same");
  });

  test("is served to a proxy that starts after the controller did, although its EnvoyFilter is refused", async () => {
    await plane.apply("served");
    const { slot } = await plane.proxy("served");
    await condition("served", "Programmed", "True");
    await refuse(envoyFilters);
    await plane.apply("served", { failurePolicy: "FailOpen" });
    await condition("served", "Programmed", "False");
    await plane.controller.stop();
    await plane.startController();
    const late = await plane.proxyOf(slot);
    await expect.poll(() => late.header("x-hello"), soon).toBe("world");
  });

  test("is switched off although a webhook is away, says so, and is right soon after the webhook is", async () => {
    await plane.apply("webhook");
    const envoy = await plane.proxy("webhook");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    const admission = plane.apiserver.config.makeApiClient(AdmissionregistrationV1Api);
    const webhook = {
      name: "away.example.com",
      ...{ admissionReviewVersions: ["v1"], sideEffects: "None", failurePolicy: "Fail", timeoutSeconds: 1 },
      clientConfig: { url: "https://127.0.0.1:1/validate" },
      rules: [
        { apiGroups: ["networking.istio.io"], apiVersions: ["*"], operations: ["*"], resources: ["envoyfilters"] },
      ],
    };
    await admission.createValidatingWebhookConfiguration({ body: { metadata: { name: "away" }, webhooks: [webhook] } });
    await inForce(envoyFilters, probe(envoyFilters), true);
    await plane.apply("webhook", { enabled: false, failurePolicy: "FailOpen" });
    await expect.poll(() => envoy.header("x-hello"), soon).toBeNull();
    expect((await condition("webhook", "Programmed", "False")).reason).toBe("EnvoyFilterNotWritten");
    await admission.deleteValidatingWebhookConfiguration({ name: "away" });
    expect((await condition("webhook", "Programmed", "True")).reason).toBe("Disabled");
  });

  test("leaves an EnvoyFilter alone that is there and somebody else's, and does not delete it either", async () => {
    const body = {
      apiVersion: "networking.istio.io/v1alpha3",
      kind: "EnvoyFilter",
      metadata: { name: "asmf-taken", namespace },
      spec: { workloadSelector: { labels: { app: "precious" } }, configPatches: [] },
    };
    await objects().createNamespacedCustomObject({ ...envoyFilters, body });
    const theirs = await objects().getNamespacedCustomObject({ ...envoyFilters, name: "asmf-taken" });
    await plane.apply("taken");
    expect((await condition("taken", "Programmed", "False")).reason).toBe("NameTaken");
    await plane.deployments.delete("taken");
    await plane.apply("next");
    await condition("next", "Programmed", "True");
    expect(await objects().getNamespacedCustomObject({ ...envoyFilters, name: "asmf-taken" })).toEqual(theirs);
  });

  test("is not held up by others whose registry hangs, nor by its own once the image is another", async () => {
    const { gate: held, image } = await gate();
    held.hold();
    await plane.apply("victim");
    const envoy = await plane.proxy("victim");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    for (let each = 0; each < 12; each++) {
      await plane.apply(`tar-${each}`, { image });
      cleanUp.push(() => plane.deployments.delete(`tar-${each}`));
    }
    await plane.apply("victim", { parameters: "free" });
    await expect.poll(() => envoy.header("x-hello"), { ...soon, timeout: 3_000 }).toBe("free");
    await plane.apply("tar-0", { parameters: "corrected" });
    await condition("tar-0", "Programmed", "True");
    const began = Date.now();
    await plane.controller.stop();
    expect(Date.now() - began).toBeLessThan(5_000);
    await plane.startController();
  });

  test("is switched off at once while its registry hangs, and what that answers later changes nothing", async () => {
    const { gate: held, image } = await gate();
    await plane.push("other:1", helloModule());
    const other = image.replace("hello", "other");
    await plane.apply("stale", { image, parameters: "before" });
    const envoy = await plane.proxy("stale");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("before");
    held.hold();
    await plane.apply("stale", { image: other, parameters: "after" });
    await sleep(300);
    await plane.apply("stale", { image: other, parameters: "after", enabled: false });
    await expect.poll(() => envoy.header("x-hello"), { ...soon, timeout: 3_000 }).toBeNull();
    const seen = new Set<string | null>();
    held.release();
    for (const until = Date.now() + 1_000; Date.now() < until; ) seen.add(await envoy.header("x-hello"));
    expect([...seen]).toEqual([null]);
    await condition("stale", "Resolved", "True");
  });

  const emptyCache = async (): Promise<void> => {
    for (const file of await readdir(plane.cache)) await rm(join(plane.cache, file));
  };

  test("goes on as it was although its module left the cache", async () => {
    await plane.apply("evicted");
    const envoy = await plane.proxy("evicted");
    await condition("evicted", "Ready", "True");
    const image = plane.image("no-such-tag");
    await plane.apply("evicted", { image, enabled: false });
    await expect.poll(() => envoy.header("x-hello"), soon).toBeNull();
    await emptyCache();
    await plane.apply("evicted", { image });
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
  });

  test("goes on as it was once its registry is back, after a start without it", async () => {
    const { gate: registry, image } = await gate();
    // Nobody else has it, so that nobody else brings it back.
    await plane.push("alone:1", helloModule());
    await plane.apply("away", { image: image.replace("hello", "alone") });
    const { slot } = await plane.proxy("away");
    await condition("away", "Ready", "True", "1 of 1");
    await plane.stopProxies();
    await plane.apply("away", { image: plane.image("no-such-tag") });
    await condition("away", "Programmed", "False", "goes on");
    await expect.poll(async () => (await plane.deployments.status("away")).proxies, soon).toMatchObject({ matched: 0 });
    await plane.controller.stop();
    await emptyCache();
    await registry.close();
    await plane.startController();
    expect((await condition("away", "Programmed", "False", "cannot be had")).reason).toBe("LastGoodUnavailable");
    await registry.open(plane.registry.address);
    const late = await plane.proxyOf(slot);
    await expect.poll(() => late.header("x-hello"), soon).toBe("world");
  });

  test("goes on as it was although its pull secret is deleted and the controller started since", async () => {
    await plane.apiserver.apply([pullSecret("deleted", "r.example.com", { username: "a", password: "b" })]);
    await plane.apply("secret", { pullSecret: "deleted" });
    const { slot } = await plane.proxy("secret");
    await condition("secret", "Ready", "True");
    const core = plane.apiserver.config.makeApiClient(CoreV1Api);
    await core.deleteNamespacedSecret({ namespace, name: "deleted" });
    await plane.controller.stop();
    await plane.startController();
    const late = await plane.proxyOf(slot);
    await expect.poll(() => late.header("x-hello"), soon).toBe("world");
    expect((await condition("secret", "Resolved", "False")).reason).toBe("PullSecretInvalid");
  });

  test("has a status although its revision is refused, and a revision once it is not", async () => {
    const allow = await refuse(revisions);
    await plane.apply("unsaved");
    await condition("unsaved", "Programmed", "True");
    await allow();
    const names = async (): Promise<string[]> =>
      (await objects().listNamespacedCustomObject(revisions)).items.map(
        ({ metadata }: KubernetesObject) => metadata!.name,
      );
    await expect.poll(names, { ...soon, timeout: 40_000 }).toContainEqual(expect.stringMatching(/^asmf-unsaved-/));
  });

  test("may have a name of 220 characters with dots anywhere", async () => {
    const name = `${["a", "b", "c"].map((letter) => letter.repeat(63)).join(".")}.${"d".repeat(7)}.${"e".repeat(20)}`;
    expect(name[199]).toBe(".");
    await plane.apply(name);
    await condition(name, "Programmed", "True");
  });

  test("and all is well costs no write", async () => {
    await plane.apply("steady");
    const envoy = await plane.proxy("steady");
    await expect.poll(() => envoy.header("x-hello"), soon).toBe("world");
    await condition("steady", "Ready", "True", "1 of 1");
    const versions = async (): Promise<string[]> => {
      const kinds = [envoyFilters, revisions, deployments, events];
      const lists = await Promise.all(kinds.map((kind) => objects().listNamespacedCustomObject(kind)));
      const all = lists.flatMap(({ items }) => items as KubernetesObject[]);
      return all
        .filter(({ metadata }) => /^(asmf-)?steady/.test(metadata!.name!))
        .map(({ metadata }) => `${metadata!.name} ${metadata!.resourceVersion}`);
    };
    // The event that tells of it comes after the status.
    await sleep(500);
    const before = await versions();
    expect(before.length).toBeGreaterThan(3);
    await sleep(2_000);
    expect(await versions()).toEqual(before);
  });
});
