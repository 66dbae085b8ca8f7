import { CustomObjectsApi, type KubernetesObject } from "@kubernetes/client-node";
import { expect } from "vitest";
import type { ApiServer } from "../stack/index.ts";

const namespace = "default";
const deploymentKind = { group: "asmfilter.io", version: "v1", plural: "asmfilterdeployments", namespace };
const envoyFilterKind = { group: "networking.istio.io", version: "v1alpha3", plural: "envoyfilters", namespace };

export interface DeploymentOptions {
  readonly name: string;
  readonly image: string;
  readonly app?: string;
  readonly parameters?: unknown;
  readonly upstreams?: object;
  readonly failurePolicy?: "FailClosed" | "FailOpen";
  readonly delivery?: "Direct" | "Registry";
  readonly enabled?: boolean;
  readonly pullSecret?: string;
}

/** An ASMFilterDeployment for the pods of one app, whole: what is not given is not in it. */
export function deployment({
  name,
  image,
  app = "details",
  parameters,
  upstreams,
  pullSecret,
  ...spec
}: DeploymentOptions): KubernetesObject {
  return {
    apiVersion: "asmfilter.io/v1",
    kind: "ASMFilterDeployment",
    metadata: { name, namespace },
    spec: {
      workload: { kind: "Deployment", labels: { app } },
      filter: {
        image,
        patchContext: "SIDECAR_INBOUND",
        ...(parameters !== undefined && { parameters }),
        ...(upstreams !== undefined && { upstreams }),
        ...(pullSecret !== undefined && { imagePullOptions: { pullSecret } }),
      },
      ...spec,
    },
  } as KubernetesObject;
}

/** What `kubectl create secret docker-registry` makes. */
export function pullSecret(
  name: string,
  registry: string,
  login: { username: string; password: string },
): KubernetesObject {
  const config = JSON.stringify({ auths: { [registry]: login } });
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(config).toString("base64") },
  } as KubernetesObject;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
}

export interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly image?: { readonly reference: string; readonly digest: string };
  readonly proxies?: object;
}

/** What the API server has of deployments and of what the controller makes of them. */
export class Deployments {
  readonly #objects: CustomObjectsApi;

  constructor(apiserver: ApiServer) {
    this.#objects = apiserver.config.makeApiClient(CustomObjectsApi);
  }

  /** The status, once it speaks of the present generation. */
  async status(name: string): Promise<Status> {
    const { metadata, status } = await this.#objects.getNamespacedCustomObject({ ...deploymentKind, name });
    return status?.observedGeneration === metadata.generation ? status : {};
  }

  /** Waits for a condition of the present generation to have a status, and a text in its message, and returns it. */
  async condition(name: string, type: string, status: "True" | "False" | "Unknown", text = ""): Promise<Condition> {
    let found: Condition | undefined;
    const look = async (): Promise<string> => {
      found = (await this.status(name)).conditions?.find((condition) => condition.type === type);
      return found === undefined ? "not there yet" : `${found.status}: ${found.message}`;
    };
    const expected = expect.poll(look, { timeout: 20_000, interval: 50, message: `${name}: ${type}` });
    await expected.toSatisfy((is: string) => is.startsWith(`${status}: `) && is.includes(text), `${status}: … ${text}`);
    return found!;
  }

  async delete(name: string): Promise<void> {
    await this.#objects.deleteNamespacedCustomObject({ ...deploymentKind, name });
  }

  async envoyFilters(): Promise<KubernetesObject[]> {
    return (await this.#objects.listNamespacedCustomObject(envoyFilterKind)).items;
  }
}
