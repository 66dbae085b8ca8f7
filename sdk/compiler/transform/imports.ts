import type { Program, Range } from "assemblyscript";
import type binaryen from "assemblyscript/binaryen";
import { type Calls, callsOf, isAuthorsStart, placeThatLeadsTo, reachedAtStart } from "./calls.ts";
import { reportError } from "./diagnostics.ts";

/**
 * The host functions of ABI 0.2.1 that Envoy gives to a module, with their number of parameters
 * (proxy-wasm-cpp-host, `include/proxy-wasm/exports.h`). Parameters are of 32 bits but for those of {@link WIDE}.
 */
const ENV = `add_header_map_value:5 call_foreign_function:6 close_stream:1 continue_stream:1 define_metric:4
  dequeue_shared_queue:3 done:0 enqueue_shared_queue:3 get_buffer_bytes:5 get_buffer_status:3
  get_current_time_nanoseconds:1 get_header_map_pairs:3 get_header_map_size:2 get_header_map_value:5 get_log_level:1
  get_metric:2 get_property:4 get_shared_data:5 get_status:3 grpc_call:12 grpc_cancel:1 grpc_close:1 grpc_send:4
  grpc_stream:9 http_call:10 increment_metric:2 log:3 record_metric:2 register_shared_queue:3
  remove_header_map_value:3 replace_header_map_value:5 resolve_shared_queue:5 send_local_response:8 set_buffer_bytes:5
  set_effective_context:1 set_header_map_pairs:3 set_property:4 set_shared_data:5 set_tick_period_milliseconds:1`;
const WASI = `args_get:2 args_sizes_get:2 clock_time_get:3 environ_get:2 environ_sizes_get:2 fd_write:4 proc_exit:1
  random_get:2`;
/** Which parameter has 64 bits. */
const WIDE: Record<string, number> = { proxy_increment_metric: 1, proxy_record_metric: 1, clock_time_get: 1 };

const counts = (prefix: string, table: string) =>
  new Map(
    table
      .split(/\s+/)
      .map((entry) => entry.split(":"))
      .map(([name, count]) => [prefix + name, Number(count)]),
  );
const KNOWN = new Map([
  ["env", counts("proxy_", ENV)],
  ["wasi_snapshot_preview1", counts("", WASI)],
]);

/** Names each import that no proxy would satisfy, so that the module would not load. */
export function refuseUnknownImports(program: Program, library: typeof binaryen, module: binaryen.Module): void {
  let calls: Calls | undefined;
  for (const imported of importsOf(library, module)) {
    const { module: from, name, signature } = imported;
    const count = KNOWN.get(from)?.get(name);
    const wanted = count === undefined || signature === undefined ? undefined : signatureOf(name, count);
    if (wanted !== undefined && wanted === signature) continue;
    const reason = wanted === undefined ? "is not known to proxies" : `is (${wanted}) in proxies, not (${signature})`;
    const message = `the import "${from}.${name}" ${reason}: the module would not load`;
    const element = program.moduleImports.get(from)?.get(name);
    const range = element && "declaration" in element ? (element.declaration as { range: Range }).range : null;
    if (range && !range.source.normalizedPath.startsWith("~lib/")) {
      reportError(program, range, message);
    } else {
      calls ??= callsOf(module);
      const place = placeThatLeadsTo(program, calls, imported.internalName);
      reportError(program, place ?? range, place ? `${message}; this leads to it` : message);
    }
  }
}

/** What Envoy lets a module call while it starts (proxy-wasm-cpp-host `src/wasm.cc`, `startVm`). */
const ALLOWED_AT_START = new Set(["proxy_log", ...WASI.split(/\s+/).map((entry) => entry.split(":")[0]!)]);

/** Names each place at the top level of a file from which the proxy is called: it traps there, and the VM does not start. */
export function refuseCallsAtStart(program: Program, library: typeof binaryen, module: binaryen.Module): void {
  const functions = Array.from({ length: module.getNumFunctions() }, (_, i) => module.getFunctionByIndex(i));
  if (!functions.some((each) => isAuthorsStart(library.getFunctionInfo(each).name))) return;
  const names = new Map(
    importsOf(library, module)
      .filter(({ name, signature }) => signature !== undefined && !ALLOWED_AT_START.has(name))
      .map(({ internalName, name }) => [internalName, name]),
  );
  for (const [place, internalName] of reachedAtStart(program, callsOf(module), new Set(names.keys()))) {
    const message = `this runs when the module starts, where a proxy allows no call but the log's; it would trap in ${names.get(internalName)}. Do it in onStart, onConfigure or a constructor`;
    reportError(program, place, message);
  }
}

/** As `i32, i64 => i32`. */
function signatureOf(name: string, count: number): string {
  const parameters = Array.from({ length: count }, (_, i) => (WIDE[name] === i ? "i64" : "i32"));
  return `${parameters.join(", ")} => ${name === "proc_exit" ? "" : "i32"}`;
}

interface Import {
  module: string;
  name: string;
  /** As the compiler calls it. */
  internalName: string;
  /** Undefined for what is no function. */
  signature: string | undefined;
}

function importsOf(library: typeof binaryen, module: binaryen.Module): Import[] {
  const types = new Map([
    [library.i32, "i32"],
    [library.i64, "i64"],
    [library.f32, "f32"],
    [library.f64, "f64"],
  ]);
  const list = (type: number) =>
    library
      .expandType(type)
      .map((each) => types.get(each) ?? "?")
      .join(", ");
  const all = (count: number) => Array.from({ length: count }, (_, i) => i);
  const functions = all(module.getNumFunctions())
    .map((i) => library.getFunctionInfo(module.getFunctionByIndex(i)))
    .map((info) => ({ ...info, signature: `${list(info.params)} => ${list(info.results)}` }));
  const others = [
    ...all(module.getNumGlobals()).map((i) => library.getGlobalInfo(module.getGlobalByIndex(i))),
    ...all(module.getNumTables()).map((i) => library.getTableInfo(module.getTableByIndex(i))),
    ...(module.hasMemory() ? [module.getMemoryInfo()] : []),
  ].map((info) => ({ name: "", ...info, signature: undefined }));
  return [...functions, ...others].flatMap(({ module, base, name, signature }) =>
    module && base ? [{ module, name: base, internalName: name, signature }] : [],
  );
}
