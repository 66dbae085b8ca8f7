import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isHost } from "./api/index.ts";
import { AsmFilterError } from "./errors.ts";

/** How the process is told what to do; each is a flag and an environment variable, and the flag wins. */
const flags = {
  kubeconfig: {
    variable: "ASMFILTER_KUBECONFIG",
    value: "",
    help: "kubeconfig file; default: $KUBECONFIG, ~/.kube/config, or in a cluster the service account",
  },
  namespace: {
    variable: "POD_NAMESPACE",
    value: "asmfilter-system",
    help: "the controller's own namespace, where its Secret is",
  },
  watch: { variable: "ASMFILTER_WATCH", value: "", help: "look after this namespace only; default: all" },
  listen: { variable: "ASMFILTER_LISTEN", value: "0.0.0.0:18443", help: "where proxies are answered" },
  advertise: {
    variable: "ASMFILTER_ADVERTISE",
    value: "",
    help: "HOST[:PORT] by which proxies reach it; default: asmfilter-controller.NAMESPACE.svc and the port of --listen",
  },
  health: { variable: "ASMFILTER_HEALTH", value: "0.0.0.0:8080", help: "where /healthz, /readyz and /metrics are" },
  cache: {
    variable: "ASMFILTER_CACHE_DIR",
    value: join(tmpdir(), "asmfilter-modules"),
    help: "folder for modules, its own: made with mode 0700, refused where another user owns it or may write into it",
  },
  "root-namespace": { variable: "ASMFILTER_ROOT_NAMESPACE", value: "istio-system", help: "Istio's root namespace" },
  "cluster-domain": {
    variable: "ASMFILTER_CLUSTER_DOMAIN",
    value: "cluster.local",
    help: "the domain of the cluster's Services, as filters call them by spec.filter.upstreams",
  },
  writes: { variable: "ASMFILTER_WRITES", value: "5", help: "EnvoyFilters written per second, on average" },
  "log-level": { variable: "ASMFILTER_LOG_LEVEL", value: "info", help: "trace, debug, info, warn or error" },
} as const;

type Flag = keyof typeof flags;

/** What the command line and the environment say. */
export type CommandLine = Readonly<Record<Flag, string>>;

/**
 * Reads flags and environment; `"help"` where that was asked for.
 * @throws {AsmFilterError} `ASMF_CONTROLLER_OPTION_INVALID`
 */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine | "help" {
  const options = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: "string" as const }]));
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: "boolean", short: "h" } },
      strict: true,
    }).values;
  } catch (cause) {
    throw invalid((cause as Error).message, cause);
  }
  if (values.help === true) return "help";
  const read = (name: Flag): string => String(values[name] ?? (env[flags[name].variable] || flags[name].value));
  const line = Object.fromEntries((Object.keys(flags) as Flag[]).map((name) => [name, read(name)])) as Record<
    Flag,
    string
  >;
  if (!(Number(line.writes) > 0)) throw invalid(`--writes is ${line.writes}, not a number above 0`);
  if (!isHost(line["cluster-domain"])) throw invalid(`--cluster-domain is ${line["cluster-domain"]}, not a DNS name`);
  if (!["trace", "debug", "info", "warn", "error"].includes(line["log-level"]))
    throw invalid(`--log-level is ${line["log-level"]}`);
  return line;
}

/** The text of `--help`. */
export function help(): string {
  const lines = Object.entries(flags).map(([name, { variable, value, help }]) => {
    const standard = value === "" ? "" : ` (default ${value})`;
    return `  --${name.padEnd(16)} ${help}${standard}; $${variable}`;
  });
  return `Usage: asmfilter-controller [flags]\n\nRolls ASMFilterDeployments out to the proxies of an Istio mesh.\n\n${lines.join("\n")}\n`;
}

function invalid(message: string, cause?: unknown): AsmFilterError {
  return new AsmFilterError("ASMF_CONTROLLER_OPTION_INVALID", message, {
    hint: "`asmfilter-controller --help` lists all options.",
    cause,
  });
}
