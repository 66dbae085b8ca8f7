import { pino } from "pino";
import { help, readCommandLine } from "./options.ts";
import { startController } from "./start.ts";

/** The process: starts a controller by flags and environment, and stops it on SIGTERM and SIGINT. Exit codes: 0 stopped, 1 failed, 2 wrong usage. */
async function main(): Promise<void> {
  const line = readCommandLine(process.argv.slice(2), process.env);
  if (line === "help") {
    process.stdout.write(help());
    return;
  }
  const log = pino({ level: line["log-level"] });
  const controller = await startController({
    kubeconfig: line.kubeconfig,
    namespace: line.namespace,
    watch: line.watch || undefined,
    listen: line.listen,
    advertise: line.advertise,
    health: line.health,
    cache: line.cache,
    rootNamespace: line["root-namespace"],
    clusterDomain: line["cluster-domain"],
    writesPerSecond: Number(line.writes),
    log,
  });
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, "stopping");
    controller.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function fail(error: unknown): void {
  const { code, message, hint } = error as { code?: string; message?: string; hint?: string };
  process.stderr.write(
    `asmfilter-controller: ${code ? `${code}: ` : ""}${message ?? String(error)}\n${hint ? `${hint}\n` : ""}`,
  );
  process.exit(code === "ASMF_CONTROLLER_OPTION_INVALID" ? 2 : 1);
}

main().catch(fail);
