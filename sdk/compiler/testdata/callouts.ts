/** Calls that a small proxy carries out only when it is told to: HTTP and gRPC share their numbers, as in Envoy. */
import type { GuestMemory } from "./stores.ts";

const OK = 0;
const BAD_ARGUMENT = 2;

type GuestFunction = (...args: number[]) => number;

/** A call that the guest has started. */
export interface Callout {
  id: number;
  kind: "http" | "grpc" | "stream";
  upstream: string;
}

export class Callouts {
  readonly started: Callout[] = [];
  /** What the guest did on gRPC calls and streams: `send 6 text`, `close 6`, `cancel 5`. */
  readonly done: string[] = [];
  /** The status that the guest can ask for in the running callback. */
  status = { code: 0, text: "" };
  /** Which streams the guest has made effective. */
  readonly effective: number[] = [];
  /** Contexts that the proxy has no more. */
  readonly gone = new Set<number>();
  /** Runs in the middle of starting a call, before its number is given; what it returns is the outcome. */
  starting: ((callout: Callout) => number | undefined) | undefined;
  #last = 0;

  functions(guest: GuestMemory): Record<string, GuestFunction> {
    const start = (kind: Callout["kind"], upstream: string, to: number): number => {
      const callout = { id: ++this.#last, kind, upstream };
      if (upstream === "missing") return BAD_ARGUMENT;
      this.started.push(callout);
      const status = this.starting?.(callout) ?? OK;
      if (status === OK) guest.word(to, callout.id);
      return status;
    };
    const act = (text: string): number => {
      this.done.push(text);
      return OK;
    };
    return {
      proxy_http_call: (...args) => start("http", guest.text(args[0]!, args[1]!), args[9]!),
      // Six bytes of protobuf stand before the name.
      proxy_grpc_call: (...args) => start("grpc", guest.text(args[0]! + 6, args[1]! - 6), args[11]!),
      proxy_grpc_stream: (...args) => start("stream", guest.text(args[0]! + 6, args[1]! - 6), args[8]!),
      proxy_grpc_send: (id, at, length, end) => act(`send ${id} ${guest.text(at!, length!)}${end ? "." : ""}`),
      proxy_grpc_close: (id) => act(`close ${id}`),
      proxy_grpc_cancel: (id) => act(`cancel ${id}`),
      proxy_set_effective_context: (id) => {
        if (this.gone.has(id!)) return BAD_ARGUMENT;
        this.effective.push(id!);
        return OK;
      },
      proxy_get_status: (code, to, size) => {
        guest.word(code!, this.status.code);
        return guest.answer(new TextEncoder().encode(this.status.text), to!, size!);
      },
    };
  }
}
