import type { GuestFunction } from "./engine.ts";
import { AsmFilterError } from "./errors.ts";
import type { ModuleMetadata } from "./metadata/index.ts";

/** A function of the guest that the proxy calls. */
export interface GuestCallback {
  readonly name: string;
  readonly run: GuestFunction;
}

/** What each callback must look like (proxy-wasm-cpp-host, include/proxy-wasm/wasm.h). */
const signatures = {
  proxy_validate_configuration: "(i32,i32)->i32",
  proxy_on_vm_start: "(i32,i32)->i32",
  proxy_on_configure: "(i32,i32)->i32",
  proxy_on_tick: "(i32)->()",
  proxy_on_context_create: "(i32,i32)->()",
  proxy_on_new_connection: "(i32)->i32",
  proxy_on_downstream_data: "(i32,i32,i32)->i32",
  proxy_on_upstream_data: "(i32,i32,i32)->i32",
  proxy_on_downstream_connection_close: "(i32,i32)->()",
  proxy_on_upstream_connection_close: "(i32,i32)->()",
  proxy_on_request_headers: "(i32,i32,i32)->i32",
  proxy_on_request_body: "(i32,i32,i32)->i32",
  proxy_on_request_trailers: "(i32,i32)->i32",
  proxy_on_request_metadata: "(i32,i32)->i32",
  proxy_on_response_headers: "(i32,i32,i32)->i32",
  proxy_on_response_body: "(i32,i32,i32)->i32",
  proxy_on_response_trailers: "(i32,i32)->i32",
  proxy_on_response_metadata: "(i32,i32)->i32",
  proxy_on_http_call_response: "(i32,i32,i32,i32,i32)->()",
  proxy_on_grpc_receive: "(i32,i32,i32)->()",
  proxy_on_grpc_close: "(i32,i32,i32)->()",
  proxy_on_grpc_receive_initial_metadata: "(i32,i32,i32)->()",
  proxy_on_grpc_receive_trailing_metadata: "(i32,i32,i32)->()",
  proxy_on_queue_ready: "(i32,i32)->()",
  proxy_on_foreign_function: "(i32,i32,i32)->()",
  proxy_on_done: "(i32)->i32",
  proxy_on_log: "(i32)->()",
  proxy_on_delete: "(i32)->()",
} as const;

export type CallbackName = keyof typeof signatures;

/** The callbacks that a module exports; the proxy skips the others. */
export type Callbacks = { readonly [name in CallbackName]?: GuestCallback };

/** @throws AsmFilterError `ASMF_MODULE_LINK` where a callback has parameters or a result that the proxy does not know. */
export function findCallbacks(metadata: ModuleMetadata, exports: Readonly<Record<string, unknown>>): Callbacks {
  const callbacks: { [name in CallbackName]?: GuestCallback } = {};
  for (const name of Object.keys(signatures) as CallbackName[]) {
    const run = exports[name];
    if (typeof run !== "function") continue;
    const wanted = signatureOf(name, metadata.abi);
    const found = metadata.functions.get(name);
    if (found !== undefined && found !== wanted) {
      throw new AsmFilterError("ASMF_MODULE_LINK", `${name} is ${found}, but the proxy calls it as ${wanted}`, {
        hint: "Correct its parameters and result; Envoy refuses the module with «Bad function signature».",
      });
    }
    callbacks[name] = { name, run: run as GuestFunction };
  }
  return callbacks;
}

function signatureOf(name: CallbackName, abi: ModuleMetadata["abi"]): string {
  const isHeaders = name === "proxy_on_request_headers" || name === "proxy_on_response_headers";
  // 0.1.0 did not yet tell the end of the stream.
  return abi === "0.1.0" && isHeaders ? "(i32,i32)->i32" : signatures[name];
}
