import type { ClassPrototype, Program } from "assemblyscript";
import type { Declarations, Declared } from "./declarations.ts";
import { reportWarning } from "./diagnostics.ts";
import { prototypeOf } from "./prototypes.ts";
import { CALLBACKS, SDK } from "./source.ts";

/** Which methods give each export of the SDK something to do, on the stream's class and on the root's. */
const EXPORTS: Record<string, { stream?: string; root?: string }> = {
  proxy_on_vm_start: { root: "onStart" },
  proxy_on_configure: { root: "onConfigure" },
  proxy_on_tick: { root: "onTick" },
  proxy_on_request_headers: { stream: "onRequestHeaders" },
  proxy_on_request_body: { stream: "onRequestBody" },
  proxy_on_request_trailers: { stream: "onRequestTrailers" },
  proxy_on_response_headers: { stream: "onResponseHeaders" },
  proxy_on_response_body: { stream: "onResponseBody" },
  proxy_on_response_trailers: { stream: "onResponseTrailers" },
  proxy_on_log: { stream: "onLog" },
  proxy_on_done: { stream: "onDone", root: "onDone" },
};

/** Removes the exports of callbacks that no filter overrides; their code and texts go with them. */
export function removeIdleCallbacks(program: Program, { plugins, configs }: Declarations): void {
  const files = [...program.filesByName.values()].filter(({ internalName }) => internalName.startsWith(CALLBACKS));
  const stream = overridden(
    program,
    plugins.flatMap(({ filter }) => filter ?? []),
    "stream",
  );
  const root = overridden(
    program,
    plugins.flatMap(({ root }) => root ?? []),
    "root",
  );
  // Where configuration is decoded, or a root id can be unknown, the proxy has to ask.
  if (configs.length > 0 || plugins.length > 1) root.add("onConfigure");
  for (const [name, methods] of Object.entries(EXPORTS)) {
    const used = (methods.stream && stream.has(methods.stream)) || (methods.root && root.has(methods.root));
    if (!used) for (const { exports } of files) exports?.delete(name);
  }
}

function overridden(program: Program, classes: Declared[], kind: "stream" | "root"): Set<string> {
  const names = new Set<string>();
  for (const { declaration } of classes) {
    let prototype = prototypeOf(program, declaration);
    for (; prototype && !prototype.internalName.startsWith(SDK); prototype = prototype.basePrototype) {
      for (const name of prototype.instanceMembers?.keys() ?? []) names.add(name);
      warnOfMisspelt(program, prototype, kind);
    }
  }
  return names;
}

function warnOfMisspelt(program: Program, prototype: ClassPrototype, kind: "stream" | "root"): void {
  const known = Object.values(EXPORTS).flatMap((methods) => methods[kind] ?? []);
  known.push("onDelete");
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
