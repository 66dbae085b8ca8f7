import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { terminal } from "./testdata/terminal.ts";

const binOf = (name: string) => join(import.meta.dirname, "../..", name);

const pull = [binOf("cli/bin/asmfilter.js"), "pull"];

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Milliseconds from the start of the process to its end. */
  took: number;
}

async function ended(cwd: string, argv: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const start = performance.now();
  const child = spawn(process.execPath, argv, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr, took: performance.now() - start };
}

/** A server as docker's registry is: it keeps a connection open after an answer, for a minute and more. */
async function keepingAlive(listener: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 75_000 }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const refusal = (status: number, headers = {}): RequestListener => {
  const body = JSON.stringify({ errors: [{ code: "SOME", message: "no" }] });
  return (_, response) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
};

describe("the process ends at once, though the registry keeps the connection: an answer is read to its end or dropped", () => {
  test.each([
    { name: "401", listener: refusal(401, { "www-authenticate": 'Basic realm="r"' }), code: "ASMF_OCI_UNAUTHORIZED" },
    { name: "404", listener: refusal(404), code: "ASMF_OCI_NOT_FOUND" },
    { name: "500", listener: refusal(500), code: "ASMF_OCI_UNAVAILABLE" },
  ])("after $name", async ({ listener, code }) => {
    const { folder } = await terminal();
    const host = await keepingAlive(listener);
    const { code: exit, stderr, took } = await ended(folder, [...pull, `${host}/hello:1`]);
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringContaining(`[${code}]`) });
    expect(took).toBeLessThan(5000);
  });

  test("after a login for which docker's config.json is no JSON", async () => {
    const { folder } = await terminal();
    const host = await keepingAlive(refusal(401, { "www-authenticate": 'Basic realm="r"' }));
    await mkdir(join(folder, "docker"));
    await writeFile(join(folder, "docker/config.json"), "{");
    const argv = [...pull, `${host}/hello:1`];
    const { code, stderr, took } = await ended(folder, argv, { DOCKER_CONFIG: join(folder, "docker") });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("[ASMF_OCI_CREDENTIALS_INVALID]") });
    expect(took).toBeLessThan(5000);
  });
});

test("a registry that is silent is waited for aloud, and no longer than --timeout", async () => {
  const { folder } = await terminal();
  const host = await keepingAlive(() => undefined);
  const argv = [...pull, `${host}/hello:1`, "-o", "out", "--timeout", "1"];
  const { code, stderr, took } = await ended(folder, argv);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`^still waiting for ${host}; giving up after 1 s \\(--timeout\\)\nerror: .*\\[ASMF_TIMEOUT\\]\n`),
  );
  expect(took).toBeLessThan(5000);
});

test("a login server that is silent is waited for no longer either", async () => {
  const { folder } = await terminal();
  const host = await keepingAlive((request, response) => {
    if (request.url?.startsWith("/token")) return;
    const challenge = `Bearer realm="http://${request.headers.host}/token",service="r"`;
    refusal(401, { "www-authenticate": challenge })(request, response);
  });
  const { code, stderr, took } = await ended(folder, [...pull, `${host}/hello:1`, "--timeout", "1"]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("[ASMF_TIMEOUT]") });
  expect(took).toBeLessThan(5000);
});

test.each(["cli/bin/asmfilter.js", "controller/bin/asmfilter-controller.js"])(
  "%s says on an older Node which one it needs, before it loads anything",
  async (bin) => {
    const { folder } = await terminal();
    await writeFile(
      join(folder, "old.cjs"),
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.18.3" } });',
    );
    const { code, stdout, stderr } = await ended(folder, ["--require", join(folder, "old.cjs"), binOf(bin), "--help"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^asmfilter\S* needs Node 20\.19 or newer; this is 20\.18\.3\. Install a newer one .*\n$/);
  },
);
