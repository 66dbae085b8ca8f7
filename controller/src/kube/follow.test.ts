import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Kube } from "./client.ts";
import { follow } from "./follow.ts";
import { Store } from "./store.ts";
import { type KubeObject, resources } from "./types.ts";

type Answer = (request: URL, response: ServerResponse, message: IncomingMessage) => void;

const open: { server: Server; stop: AbortController }[] = [];

afterEach(async () => {
  for (const { server, stop } of open.splice(0)) {
    stop.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server that answers the n-th list and the n-th watch as it is told, the last one for ever. */
async function following(lists: Answer[], watches: Answer[], options: { idleFor?: number; pageSize?: number } = {}) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://server");
    const kind = url.searchParams.has("watch") ? "watch" : "list";
    seen.push(`${kind} ${url.searchParams.get("resourceVersion") ?? url.searchParams.get("continue") ?? ""}`.trim());
    const answers = kind === "watch" ? watches : lists;
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(url, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "c", server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: "u" },
  );
  const store = new Store<KubeObject>();
  const changes: string[] = [];
  store.subscribe(({ before, after }) =>
    changes.push(`${before ? "-" : ""}${after ? "+" : ""}${(after ?? before)?.metadata.name}`),
  );
  const stop = new AbortController();
  open.push({ server, stop });
  const failures: unknown[] = [];
  const synced = follow(new Kube(config), store, {
    type: resources.pods,
    backoff: { first: 5, max: 20 },
    signal: stop.signal,
    failed: (error) => failures.push(error),
    ...options,
  });
  synced.catch(() => undefined);
  return {
    store,
    changes,
    seen,
    failures,
    synced,
    names: () => [...store.values()].map(({ metadata }) => metadata.name).sort(),
  };
}

const pod = (name: string, resourceVersion: string): KubeObject => ({
  metadata: { name, namespace: "shop", resourceVersion },
});
const list =
  (resourceVersion: string, ...items: KubeObject[]): Answer =>
  (_, response) =>
    void response.end(JSON.stringify({ metadata: { resourceVersion }, items }));
const events = (...lines: [string, unknown][]): string =>
  lines.map(([type, object]) => `${JSON.stringify({ type, object })}\n`).join("");
const silent: Answer = (_, response) => void response.writeHead(200).flushHeaders();
const soon = { timeout: 5_000, interval: 5 };

test("what is listed and what happens afterwards is in the store", async () => {
  const watch: Answer = (_, response) =>
    void response.write(events(["ADDED", pod("b", "11")], ["MODIFIED", pod("a", "12")], ["DELETED", pod("b", "13")]));
  const { synced, names, changes, seen } = await following([list("10", pod("a", "9"))], [watch]);
  await synced;
  expect(seen[0]).toBe("list");
  await vi.waitFor(() => expect(changes).toEqual(["+a", "+b", "-+a", "-b"]), soon);
  expect(names()).toEqual(["a"]);
  expect(seen).toEqual(["list", "watch 10"]);
});

test("a list comes in pages", async () => {
  const page: Answer = (url, response) => {
    const items = url.searchParams.get("continue") === "p2" ? [pod("b", "2")] : [pod("a", "1")];
    const metadata =
      url.searchParams.get("continue") === "p2" ? { resourceVersion: "9" } : { resourceVersion: "9", continue: "p2" };
    response.end(JSON.stringify({ metadata, items }));
  };
  const { synced, names, seen } = await following([page], [silent]);
  await synced;
  expect(names()).toEqual(["a", "b"]);
  expect(seen.slice(0, 2)).toEqual(["list", "list p2"]);
});

describe("following goes on", () => {
  test("from where it was, when the server ends a watch or breaks off in the middle of a line", async () => {
    const ends: Answer = (_, response) => void response.end(events(["ADDED", pod("a", "11")]));
    const breaks: Answer = (_, response) => {
      response.write(`${events(["ADDED", pod("b", "12")])}{"type":"ADD`);
      setTimeout(() => response.destroy(), 5);
    };
    const { names, seen } = await following([list("10")], [ends, breaks, silent]);
    await vi.waitFor(() => expect(seen).toEqual(["list", "watch 10", "watch 11", "watch 12"]), soon);
    expect(names()).toEqual(["a", "b"]);
  });

  test("with a new list when its version has expired, and notices what went meanwhile", async () => {
    const expired: Answer = (_, response) =>
      void response.end(events(["ERROR", { code: 410, reason: "Expired", message: "too old" }]));
    const { names, changes, seen } = await following(
      [list("10", pod("a", "1")), list("20", pod("b", "15"))],
      [expired, silent],
    );
    await vi.waitFor(() => expect(seen).toEqual(["list", "watch 10", "list", "watch 20"]), soon);
    expect(names()).toEqual(["b"]);
    expect(changes).toEqual(["+a", "-a", "+b"]);
  });

  test("from a bookmark, although no object changed", async () => {
    const bookmark: Answer = (_, response) =>
      void response.end(events(["BOOKMARK", { metadata: { resourceVersion: "99" } }]));
    const { changes, seen } = await following([list("10")], [bookmark, silent]);
    await vi.waitFor(() => expect(seen).toEqual(["list", "watch 10", "watch 99"]), soon);
    expect(changes).toEqual([]);
  });

  test("when a watch says nothing for too long", async () => {
    const { failures, seen } = await following([list("10")], [silent], { idleFor: 30 });
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(2), soon);
    expect(String(failures[0])).toContain("said nothing for 30 ms");
  });

  test("when the server is away, puts calls off, or answers nonsense", async () => {
    const away: Answer = (_, response) => void response.destroy();
    const broken: Answer = (_, response) => void response.writeHead(500).end("<html>");
    const nonsense: Answer = (_, response) => void response.end("{");
    const busy: Answer = (_, response) => void response.writeHead(429, { "retry-after": "0.01" }).end("{}");
    const { synced, names } = await following([away, broken, nonsense, busy, list("1", pod("a", "1"))], [silent]);
    await synced;
    expect(names()).toEqual(["a"]);
  });

  test("with a new list when watching fails again and again: the version may be unknown to the server", async () => {
    const fails: Answer = (_, response) => void response.writeHead(504).end(JSON.stringify({ reason: "Timeout" }));
    const { seen } = await following([list("10"), list("5")], [fails, fails, fails, silent]);
    await vi.waitFor(() => expect(seen).toEqual(["list", "watch 10", "watch 10", "watch 10", "list", "watch 5"]), soon);
  });
});

test("a server whose watches end at once is not called in a storm", async () => {
  const ends: Answer = (_, response) => void response.end();
  const { seen } = await following([list("10")], [ends]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  // 5, 10, 20, 20 … ms, each at least halved by jitter.
  expect(seen.length).toBeLessThan(45);
});

test("an empty list of metadata, whose items are null, is an empty list", async () => {
  const empty: Answer = (_, response) =>
    void response.end(JSON.stringify({ metadata: { resourceVersion: "1" }, items: null }));
  const { synced, names } = await following([empty], [silent]);
  await synced;
  expect(names()).toEqual([]);
});
