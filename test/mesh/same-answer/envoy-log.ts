/**
 * `[2026-07-01 10:00:00.000][42][info][wasm] [source/extensions/common/wasm/context.cc:1151] wasm log PLUGIN ROOT VM: text`,
 * where the plugin may be missing and the root be empty.
 */
const line = /^\[[^\]]+\]\[\d+\]\[(\w+)\]\[wasm\] \[[^\]]+\] wasm log (?:[^:]* )?([^: ]+): (.*)$/gm;

/** What guests logged, by the id of the VM, as `level: text`. */
export function guestLines(log: string): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const [, level, vm, text] of log.matchAll(line)) {
    const known = lines.get(vm!) ?? [];
    known.push(`${level === "warning" ? "warn" : level}: ${text}`);
    lines.set(vm!, known);
  }
  return lines;
}
