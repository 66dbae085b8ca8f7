import type { KubernetesObject } from "@kubernetes/client-node";

/** The port on which every pod's Envoy takes requests, on the pod's own address. */
export const inboundPort = 8080;

/** Tells one pod from all others, so that its Sidecar can select it alone. */
export const podLabel = "test.asmfilter.io/pod";

export interface PodIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ip: string;
}

/** What the scheduler and the kubelet would have written about a pod that runs with an istio-proxy. */
export function podObjects({ name, namespace, labels, ip }: PodIdentity, appPort: number): KubernetesObject[] {
  // As istiod's injector marks every pod that it gave a proxy (pkg/kube/inject/webhook.go).
  const injected = JSON.stringify({ containers: ["istio-proxy"], revision: "default" });
  const metadata = { name, namespace, labels: { ...labels }, annotations: { "sidecar.istio.io/status": injected } };
  const proxy = { name: "istio-proxy", image: "docker.io/istio/proxyv2" };
  const app = { name: "app", image: "app" };
  return [
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: { nodeName: "node", containers: [app, proxy] },
    } as KubernetesObject,
    {
      apiVersion: "networking.istio.io/v1",
      kind: "Sidecar",
      metadata: { name, namespace },
      spec: {
        workloadSelector: { labels: { [podLabel]: name } },
        // An inbound listener on the pod's own address, so that several pods share a machine without iptables.
        ingress: [
          {
            port: { number: inboundPort, protocol: "HTTP", name: "http" },
            bind: ip,
            captureMode: "NONE",
            defaultEndpoint: `127.0.0.1:${appPort}`,
          },
        ],
      },
    } as KubernetesObject,
  ];
}

export function podStatus({ name, namespace, ip }: PodIdentity): object {
  const now = new Date().toISOString();
  const ready = { ready: true, restartCount: 0, imageID: "", state: { running: { startedAt: now } } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    status: {
      phase: "Running",
      startTime: now,
      hostIP: "127.0.0.1",
      podIP: ip,
      podIPs: [{ ip }],
      conditions: ["Initialized", "PodScheduled", "ContainersReady", "Ready"].map((type) => ({ type, status: "True" })),
      containerStatuses: [
        { name: "app", image: "app", ...ready },
        { name: "istio-proxy", image: "docker.io/istio/proxyv2", ...ready },
      ],
    },
  };
}
