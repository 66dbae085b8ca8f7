import { describe, expect, test } from "vitest";
import { parseDeployment } from "../api/index.ts";
import { Store } from "../kube/index.ts";
import { type PodMeta, smallPod } from "./objects.ts";
import { expectedPods } from "./selection.ts";

const injected = { "sidecar.istio.io/status": "{}" };
const pod = (name: string, labels: Record<string, string>, more: object = {}): PodMeta =>
  smallPod({ metadata: { name, namespace: "shop", labels, ...more } });

describe("the proxies that are expected to ask", () => {
  const pods = new Store<PodMeta>();
  pods.set(pod("web", { app: "web" }, { annotations: injected }));
  pods.set(pod("bare", { app: "web" }));
  pods.set(pod("leaving", { app: "web" }, { annotations: injected, deletionTimestamp: "2026-01-02T03:04:05Z" }));
  pods.set(pod("other", { app: "other" }, { annotations: injected }));
  pods.set(pod("gateway", { "gateway.networking.k8s.io/gateway-name": "edge" }));
  const workload = { workload: { labels: { app: "web" } } };
  test.each<[string, object, string[]]>([
    ["are those of selected pods that have one and stay", workload, ["shop/web"]],
    ["are a Gateway's", { targetRefs: [{ kind: "Gateway", name: "edge" }] }, ["shop/gateway"]],
    ["are not known where a version is to match", { ...workload, match: { proxyVersion: "^99" } }, []],
    ["are not known where a port is to match", { ...workload, match: { ports: [1] } }, []],
  ])("%s", (_, spec, expected) => {
    const deployment = parseDeployment({
      apiVersion: "asmfilter.io/v1",
      kind: "ASMFilterDeployment",
      metadata: { name: "hello", namespace: "shop" },
      spec: { filter: { image: "r.example.com/hello:1" }, ...spec },
    });
    expect([...expectedPods(deployment, pods)]).toEqual(expected);
  });
});
