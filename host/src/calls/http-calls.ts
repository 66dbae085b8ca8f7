import { Status } from "../abi/index.ts";
import type { RootContext } from "../root-context.ts";
import type { HttpCall, HttpCallResponse } from "./clusters.ts";

/** The HTTP calls of one root that wait for their answer. */
export class HttpCalls {
  readonly #root: RootContext;
  readonly #cancels = new Map<number, () => void>();
  /** The response that `proxy_on_http_call_response` is being told of. */
  response: HttpCallResponse | undefined;

  constructor(root: RootContext) {
    this.#root = root;
  }

  /** Sends a call; the result is its id, or the status of a failure where it is negative. */
  start(call: HttpCall): number {
    const { clusters } = this.#root.vm.host;
    const { headers } = call;
    const complete = headers.has(":path") && headers.has(":method") && headers.has(":authority");
    if (!clusters.has(call.cluster) || !complete) return -Status.BadArgument;
    if (call.body.length > 0) headers.set("content-length", String(call.body.length));
    const id = this.#root.vm.nextCallID("http");
    this.#cancels.set(
      id,
      clusters.send(call, (response) => this.#finish(id, response)),
    );
    return id;
  }

  /** Cancels all of them; the guest is told nothing. */
  abandon(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #finish(id: number, response: HttpCallResponse | undefined): void {
    if (!this.#cancels.delete(id)) return;
    const root = this.#root;
    const { proxy_on_http_call_response } = root.vm.callbacks;
    if (root.vm.failed || !proxy_on_http_call_response) return;
    this.response = response;
    if (!response) root.status = { code: Status.BrokenConnection, message: "reset" };
    root.vm.call(
      root,
      proxy_on_http_call_response,
      root.id,
      id,
      response?.headers.size ?? 0,
      response?.body.length ?? 0,
      response?.trailers?.size ?? 0,
    );
    // First what Envoy appends to the list of actions before the call, then what the guest did.
    this.response = undefined;
    root.status = { code: root.status.code, message: "" };
    root.vm.afterCall();
  }
}
