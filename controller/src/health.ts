import { createServer, type Server } from "node:http";

/** What the health server tells. */
export interface Vitals {
  /** Whether the caches are filled and proxies are answered. */
  readonly ready: () => boolean;
  /** Metrics by their Prometheus name, with labels where they have any; those that end in `_total` count up. */
  readonly metrics: () => Readonly<Record<string, number>>;
}

/** `/healthz`, `/readyz` and `/metrics` (Prometheus text) at `HOST:PORT`; resolves with the server once it listens. */
export async function serveHealth(address: { host: string; port: number }, vitals: Vitals): Promise<Server> {
  const server = createServer((request, response) => {
    const [status, body] = answer(request.url ?? "", vitals);
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(body);
  });
  server.requestTimeout = 10_000;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, () => resolve(server));
  });
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
