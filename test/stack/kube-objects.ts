import { request } from "node:https";
import type { KubeConfig, KubernetesObject } from "@kubernetes/client-node";

/**
 * Server-side apply of any object, sent as it is. (The client library's own would pass a CustomResourceDefinition through its
 * types and lose `x-kubernetes-…` fields on the way.)
 */
export class ObjectClient {
  readonly #config: KubeConfig;
  /** Kind → path segment, by API version. */
  readonly #plurals = new Map<string, Map<string, { plural: string; namespaced: boolean }>>();

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  /** @throws with the API server's message when it refuses. */
  async apply(object: KubernetesObject, fieldManager: string, force: boolean): Promise<KubernetesObject> {
    const query = new URLSearchParams({ fieldManager, force: String(force) });
    return this.#send("PATCH", `${await this.#path(object)}?${query}`, object);
  }

  async read(object: KubernetesObject): Promise<KubernetesObject & { status?: unknown }> {
    return this.#send("GET", await this.#path(object));
  }

  async #path({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    const group = apiVersion!.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { plural, namespaced } = await this.#resource(group, kind!);
    const namespace = namespaced ? `/namespaces/${metadata?.namespace ?? "default"}` : "";
    return `${group}${namespace}/${plural}/${metadata!.name}`;
  }

  async #resource(group: string, kind: string): Promise<{ plural: string; namespaced: boolean }> {
    const known = this.#plurals.get(group)?.get(kind);
    if (known) return known;
    const { resources } = await this.#send<{ resources: { name: string; kind: string; namespaced: boolean }[] }>(
      "GET",
      group,
    );
    const kinds = resources
      .filter(({ name }) => !name.includes("/"))
      .map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }] as const);
    this.#plurals.set(group, new Map(kinds));
    const found = this.#plurals.get(group)!.get(kind);
    if (!found) throw new Error(`the API server does not serve ${kind} in ${group}`);
    return found;
  }

  async #send<T>(method: string, path: string, body?: object): Promise<T> {
    const url = new URL(path, this.#config.getCurrentCluster()!.server);
    // JSON is YAML, the one form in which every release takes an apply.
    const headers = { accept: "application/json", ...(body && { "content-type": "application/apply-patch+yaml" }) };
    const options = { method, headers };
    await this.#config.applyToHTTPSOptions(options);
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const call = request(url, options, async (response) => {
        response.setEncoding("utf8");
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode!, text });
      });
      call.on("error", reject).end(body && JSON.stringify(body));
    });
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${messageOf(text)}`);
    return JSON.parse(text) as T;
  }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message: string }).message;
  } catch {
    return text;
  }
}
