import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Address } from "./addresses.ts";

/** What the health server tells. */
export interface Vitals {
  /** Whether the caches are filled and proxies are answered. */
  readonly ready: () => boolean;
  /** Metrics by their Prometheus name, with labels where they have any; those that end in `_total` count up. */
  readonly metrics: () => Readonly<Record<string, number>>;
}

/** A health server that listens. */
export interface HealthServer {
  readonly address: Address;
  close(): Promise<void>;
}

/** Serves `/healthz`, `/readyz` and `/metrics` (Prometheus text). */
export async function serveHealth({ host, port }: Address, vitals: Vitals): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const [status, body] = answer(request.url ?? "", vitals);
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(body);
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { address: { host, port: (server.address() as AddressInfo).port }, close };
}

function answer(url: string, { ready, metrics }: Vitals): [number, string] {
  switch (url.split("?")[0]) {
    case "/healthz":
      return [200, "ok\n"];
    case "/readyz":
      return ready() ? [200, "ok\n"] : [503, "not ready\n"];
    case "/metrics":
      return [200, exposition(metrics())];
    default:
      return [404, "not found\n"];
  }
}

function exposition(metrics: Readonly<Record<string, number>>): string {
  const lines: string[] = [];
  let family = "";
  for (const [name, value] of Object.entries(metrics)) {
    const bare = name.replace(/\{.*/, "");
    if (bare !== family) lines.push(`# TYPE ${bare} ${bare.endsWith("_total") ? "counter" : "gauge"}`);
    family = bare;
    lines.push(`${name} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}
