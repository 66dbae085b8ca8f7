import { ApiServer } from "./apiserver.ts";
import { firstMissing } from "./availability.ts";
import { Etcd } from "./etcd.ts";
import { Istiod } from "./istiod.ts";
import { Pod, type PodOptions } from "./pod.ts";

/** A control plane that runs, and the pods that were added to it. */
export class Mesh {
  static readonly title = "mesh";

  static missing(): string | undefined {
    return firstMissing(Etcd, ApiServer, Istiod, Pod);
  }

  readonly etcd = new Etcd();
  readonly apiserver = new ApiServer();
  readonly istiod = new Istiod();
  readonly pods: Pod[] = [];

  async start(): Promise<void> {
    await this.etcd.start();
    await this.apiserver.start(this);
    await this.istiod.start(this);
  }

  /** Returns when the pod takes requests. */
  async addPod(options: PodOptions): Promise<Pod> {
    const pod = new Pod(options);
    this.pods.push(pod);
    await pod.start(this);
    return pod;
  }

  /** Deletes the pod, as a rollout would. */
  async removePod(pod: Pod): Promise<void> {
    const place = this.pods.indexOf(pod);
    if (place === -1) return;
    this.pods.splice(place, 1);
    await pod.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.pods.splice(0), this.istiod].map((part) => part.stop()));
    await this.apiserver.stop();
    await this.etcd.stop();
  }
}

/** Starts etcd, the API server and istiod; {@link Mesh.addPod} adds pods. What started is stopped again when the rest does not. */
export async function startMesh(): Promise<Mesh> {
  const mesh = new Mesh();
  try {
    await mesh.start();
    return mesh;
  } catch (error) {
    await mesh.stop();
    throw error;
  }
}
