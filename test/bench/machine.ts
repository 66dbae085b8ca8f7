import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { envoyVersion } from "../stack/envoy.ts";

/** What figures depend on, and nothing that says whose machine it was. */
export function machine(): Record<string, string> {
  const all = cpus();
  return {
    CPU: `${all.length} × ${all[0]?.model.trim() ?? process.arch}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `${process.platform} ${kernelRelease()}`,
    Node: `${process.versions.node}, V8 ${process.versions.v8}`,
    Envoy: process.env.ASMFILTER_ENVOY ? "the one of ASMFILTER_ENVOY" : envoyVersion,
  };
}

function kernelRelease(): string {
  try {
    // The version alone: what follows the dash can name a provider.
    return readFileSync("/proc/sys/kernel/osrelease", "utf8").split("-")[0]!.trim();
  } catch {
    return "";
  }
}
