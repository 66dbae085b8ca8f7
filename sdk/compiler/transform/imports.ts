import type { Program } from "assemblyscript";
import { reportError } from "./diagnostics.ts";

/** The host functions of ABI 0.2.1 that Envoy gives to a module (proxy-wasm-cpp-host, `include/proxy-wasm/exports.h`). */
const ENV = new Set(
  `add_header_map_value call_foreign_function close_stream continue_stream define_metric dequeue_shared_queue done
  enqueue_shared_queue get_buffer_bytes get_buffer_status get_current_time_nanoseconds get_header_map_pairs
  get_header_map_size get_header_map_value get_log_level get_metric get_property get_shared_data get_status grpc_call
  grpc_cancel grpc_close grpc_send grpc_stream http_call increment_metric log record_metric register_shared_queue
  remove_header_map_value replace_header_map_value resolve_shared_queue send_local_response set_buffer_bytes
  set_effective_context set_header_map_pairs set_property set_shared_data set_tick_period_milliseconds`
    .split(/\s+/)
    .map((name) => `proxy_${name}`),
);

const WASI = new Set(
  "args_get args_sizes_get clock_time_get environ_get environ_sizes_get fd_write proc_exit random_get".split(" "),
);

/** An import of the module: a host function that it calls. */
export interface Import {
  module: string;
  name: string;
}

/** Names each import that no proxy would satisfy, so that the module would not load. */
export function refuseUnknownImports(program: Program, imports: Import[]): void {
  for (const { module, name } of imports) {
    const known = module === "env" ? ENV : module === "wasi_snapshot_preview1" ? WASI : undefined;
    if (known?.has(name)) continue;
    const element = program.moduleImports.get(module)?.get(name);
    const range = element && "declaration" in element ? (element.declaration as { range: never }).range : null;
    reportError(program, range, `the import "${module}.${name}" is not known to proxies: the module would not load`);
  }
}
