import { ClassPrototype, type Program } from "assemblyscript";
import type { Declarations, Declared } from "./declarations.ts";
import { reportWarning } from "./diagnostics.ts";
import { filterKind, prototypeOf } from "./prototypes.ts";
import { CALLBACKS, SDK } from "./source.ts";
import { BODY_FILTER_CALLBACKS, checkBodyFilter, neededFor } from "./whole-bodies.ts";

/** What the base class of an author's is for. */
type Kind = "http" | "network" | "root" | "httpCall" | "grpcCall" | "grpcStream";
type MethodsByKind = Record<Kind, Set<string>>;

/** Classes that no decorator marks: whatever extends one of these is told of calls. */
const HANDLERS: Record<string, Kind> = {
  [`${SDK}/assembly/calls/http/HttpCallHandler`]: "httpCall",
  [`${SDK}/assembly/calls/grpc/GrpcCallHandler`]: "grpcCall",
  [`${SDK}/assembly/calls/grpc-stream/GrpcStreamHandler`]: "grpcStream",
};

/** Which methods give each export of the SDK something to do, by the class that has them. */
const EXPORTS: Record<string, Partial<Record<Kind, string | readonly string[]>>> = {
  proxy_on_vm_start: { root: "onStart" },
  proxy_on_configure: { root: "onConfigure" },
  proxy_on_tick: { root: "onTick" },
  proxy_on_queue_ready: { root: "onQueueReady" },
  proxy_on_foreign_function: { root: "onForeignFunction" },
  proxy_on_request_headers: { http: "onRequestHeaders" },
  proxy_on_request_body: { http: "onRequestBody" },
  // By them a body that is held has its last callback (`HttpContext._requestTrailers`).
  proxy_on_request_trailers: { http: ["onRequestTrailers", "onRequestBody"] },
  proxy_on_request_metadata: { http: "onRequestMetadata" },
  proxy_on_response_headers: { http: "onResponseHeaders" },
  proxy_on_response_body: { http: "onResponseBody" },
  proxy_on_response_trailers: { http: ["onResponseTrailers", "onResponseBody"] },
  proxy_on_response_metadata: { http: "onResponseMetadata" },
  proxy_on_new_connection: { network: "onNewConnection" },
  proxy_on_downstream_data: { network: "onDownstreamData" },
  proxy_on_upstream_data: { network: "onUpstreamData" },
  proxy_on_downstream_connection_close: { network: "onDownstreamClose" },
  proxy_on_upstream_connection_close: { network: "onUpstreamClose" },
  proxy_on_http_call_response: { httpCall: "onReply" },
  proxy_on_grpc_receive: { grpcCall: ["onReply", "onResponse"], grpcStream: "onMessage" },
  proxy_on_grpc_receive_initial_metadata: { grpcStream: "onInitialMetadata" },
  proxy_on_grpc_receive_trailing_metadata: { grpcStream: "onTrailingMetadata" },
  proxy_on_grpc_close: { grpcCall: ["onReply", "onResponse"], grpcStream: "onClose" },
  proxy_on_log: { http: "onLog", network: "onLog", root: "onLog" },
  proxy_on_done: { http: "onDone", network: "onDone", root: "onDone" },
};

/** Removes the exports of callbacks that no filter overrides; their code and texts go with them. */
export function removeIdleCallbacks(program: Program, { plugins, configs }: Declarations): void {
  const files = [...program.filesByName.values()].filter(({ internalName }) => internalName.startsWith(CALLBACKS));
  const used: MethodsByKind = {
    ...{ http: new Set(), network: new Set(), root: new Set() },
    ...{ httpCall: new Set(), grpcCall: new Set(), grpcStream: new Set() },
  };
  for (const { filter, root } of plugins) {
    if (filter) gatherOfPlugin(program, filter, filterKind(program, filter), used);
    if (root) gatherOfPlugin(program, root, "root", used);
  }
  for (const element of program.elementsByDeclaration.values()) {
    const kind = element instanceof ClassPrototype ? handlerKind(element) : undefined;
    if (kind) gatherOverridden(program, element as ClassPrototype, kind, used);
  }
  // By its close a stream is forgotten, whether or not somebody wants to hear of it.
  if (used.grpcStream.size > 0) used.grpcStream.add("onClose");
  // Where configuration is decoded, or a root id can be unknown, the proxy has to ask.
  if (configs.length > 0 || plugins.length > 1) used.root.add("onConfigure");
  for (const [name, methods] of Object.entries(EXPORTS)) {
    const isUsed = Object.entries(methods).some(([kind, any]) =>
      [any].flat().some((each) => used[kind as Kind].has(each)),
    );
    if (!isUsed) for (const { exports } of files) exports?.delete(name);
  }
}

function gatherOfPlugin(program: Program, { declaration }: Declared, kind: Kind, used: MethodsByKind): void {
  const prototype = prototypeOf(program, declaration);
  if (prototype) gatherOverridden(program, prototype, kind, used);
}

/** Which calls a class is told of; undefined for other classes, and for the SDK's own. */
function handlerKind(element: ClassPrototype): Kind | undefined {
  let base = element.basePrototype;
  while (base && !(base.internalName in HANDLERS)) base = base.basePrototype;
  return base ? HANDLERS[base.internalName] : undefined;
}

function gatherOverridden(program: Program, from: ClassPrototype, kind: Kind, used: MethodsByKind): void {
  let prototype: ClassPrototype | null = from;
  for (; prototype && !prototype.internalName.startsWith(SDK); prototype = prototype.basePrototype) {
    for (const name of prototype.instanceMembers?.keys() ?? []) {
      for (const needed of [name, ...neededFor(name)]) used[kind].add(needed);
    }
    checkBodyFilter(program, prototype);
    warnOfMisspelt(program, prototype, kind);
  }
}

function warnOfMisspelt(program: Program, prototype: ClassPrototype, kind: Kind): void {
  const known = Object.values(EXPORTS).flatMap((methods) => methods[kind] ?? []);
  if (["http", "network", "root"].includes(kind)) known.push("onDelete", ...BODY_FILTER_CALLBACKS);
  for (const [name, member] of prototype.instanceMembers ?? []) {
    if (!/^on[A-Z]/.test(name) || known.includes(name)) continue;
    const [nearest] = [...known].sort((a, b) => distance(a, name) - distance(b, name));
    const guess = nearest && distance(nearest, name) <= 3 ? `; did you mean "${nearest}"?` : "";
    const where = member.declaration.name.range;
    reportWarning(program, where, `"${name}" is not a callback, so the proxy will never call it${guess}`);
  }
}

/** How many letters must be added, removed or changed to get from one name to the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
