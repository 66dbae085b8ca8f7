import "reflect-metadata";
import { createServer as createHTTPServer } from "node:http";
import { createServer, type Socket } from "node:net";
import * as x509 from "@peculiar/x509";
import { describe, expect, onTestFinished, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { answer, serve } from "../../test/server.ts";
import { readAll } from "../content.ts";
import { descriptorOf } from "../descriptor.ts";
import { repository } from "./index.ts";

const bytes = new TextEncoder().encode("the content");
const blob = descriptorOf("text/plain", bytes);

async function certificate({ name = "127.0.0.1", notAfter = new Date(Date.now() + 3_600_000) } = {}) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=test",
    notBefore: new Date(Date.now() - 7_200_000),
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([{ type: name === "127.0.0.1" ? "ip" : "dns", value: name }]),
    ],
  });
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { cert: cert.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}

const https = { plainHTTP: false, retries: 0 };

describe("a registry that cannot be reached is named with the reason", () => {
  test("nothing listens: the address that was tried", async () => {
    const failure = await failureOf(repository("127.0.0.1:1/a").exists(blob));
    expect(failure.code).toBe("ASMF_OCI_UNREACHABLE");
    expect(failure.message).toBe("cannot reach 127.0.0.1:1: nothing listens there (127.0.0.1 port 1)");
  });

  test("a name of several addresses", async () => {
    const failure = await failureOf(repository("localhost:1/a").exists(blob));
    expect(failure.message).toContain("nothing listens there");
  });

  test("a name that nobody knows", async () => {
    const failure = await failureOf(repository("registry.invalid/a", { retries: 0 }).exists(blob));
    expect(failure.code).toBe("ASMF_OCI_UNREACHABLE");
    expect(failure.message).toMatch(/registry\.invalid: the name/);
  });

  test("a server that takes the connection and is silent, before TLS or after", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    expect(await codeOf(repository(`127.0.0.1:${port}/a`, { ...https, connectTimeout: 30 }).exists(blob))).toBe(
      "ASMF_OCI_TIMEOUT",
    );
    expect(await codeOf(repository(`127.0.0.1:${port}/a`, { retries: 0, idleTimeout: 30 }).exists(blob))).toBe(
      "ASMF_OCI_TIMEOUT",
    );
  });

  test("a body that stops in the middle", async () => {
    const { address } = await serve(
      (_, response) => void response.writeHead(200, { "content-length": bytes.length }).write("the "),
    );
    expect(await codeOf(readAll(repository(`${address}/a`, { idleTimeout: 30 }), blob, { limit: 100 }))).toBe(
      "ASMF_OCI_TIMEOUT",
    );
  });
});

test("targets share connections, and one that is not used is closed", async () => {
  const sockets = new Set<Socket>();
  const server = createHTTPServer((request, response) => {
    sockets.add(request.socket);
    // Without a length Node closes the connection after a HEAD.
    response.writeHead(200, { "content-length": 1 }).end();
  });
  // It closes none by itself.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  for (let round = 0; round < 10; round++) await repository(`127.0.0.1:${port}/a`).exists(blob);
  expect(sockets.size).toBe(1);
  await expect.poll(() => [...sockets].every(({ destroyed }) => destroyed), { timeout: 8000 }).toBe(true);
}, 10_000);

describe("plain HTTP is spoken on this machine alone, unless it is asked for", () => {
  test("a registry that speaks plain HTTP is not spoken to so by itself", async () => {
    const { address, seen } = await serve((_, response) => answer(response, 200));
    const failure = await failureOf(repository(`${address}/a`, https).exists(blob));
    expect(failure.code).toBe("ASMF_OCI_PLAIN_HTTP_REFUSED");
    expect(failure.hint).toContain("--plain-http");
    expect(seen).toEqual([]);
  });

  test("a redirect, an upload and a login are not taken from HTTPS to plain HTTP", async () => {
    const plain = await serve((_, response) => answer(response, 200, {}, bytes));
    const target = `http://${plain.address}/x`;
    const tls = await certificate();
    for (const [status, headers] of [
      [307, { location: target }],
      [202, { location: target }],
      [401, { "www-authenticate": `Bearer realm="${target}"` }],
    ] as const) {
      const { address } = await serve((_, response) => answer(response, status, { ...headers }), tls);
      const registry = repository(`${address}/a`, {
        ...https,
        ca: tls.cert,
        credentials: { username: "me", password: "secret" },
      });
      const work = status === 202 ? registry.push(blob, bytes) : registry.fetch(blob);
      expect(await codeOf(work), String(status)).toBe("ASMF_OCI_PLAIN_HTTP_REFUSED");
    }
    expect(plain.seen).toEqual([]);
  });
});

describe("TLS", () => {
  test("a certificate that nobody here trusts is refused, and no request is sent", async () => {
    const { address, seen } = await serve((_, response) => answer(response, 200), await certificate());
    const failure = await failureOf(repository(`${address}/a`, https).exists(blob));
    expect(failure.code).toBe("ASMF_OCI_TLS");
    expect(failure.message).toContain("signed by itself");
    expect(seen).toEqual([]);
  });

  test("is trusted by the registry's CA, or when told not to look", async () => {
    const tls = await certificate();
    const { address } = await serve((_, response) => answer(response, 200), tls);
    expect(await repository(`${address}/a`, { ...https, ca: tls.cert }).exists(blob)).toBe(true);
    expect(await repository(`${address}/a`, { ...https, insecureSkipVerify: true }).exists(blob)).toBe(true);
  });

  test("a certificate for another name, or one that has expired, is refused with that reason", async () => {
    for (const [wrong, reason] of [
      [{ name: "other.example" }, "another name"],
      [{ notAfter: new Date(Date.now() - 3_600_000) }, "expired"],
    ] as const) {
      const tls = await certificate(wrong);
      const { address } = await serve((_, response) => answer(response, 200), tls);
      const failure = await failureOf(repository(`${address}/a`, { ...https, ca: tls.cert }).exists(blob));
      expect(failure.code).toBe("ASMF_OCI_TLS");
      expect(failure.message).toContain(reason);
    }
  });

  test("what is trusted for the registry is not trusted for where it redirects to", async () => {
    const tls = await certificate();
    const storage = await serve((_, response) => answer(response, 200, {}, bytes), tls);
    const registry = await serve(
      (_, response) => answer(response, 307, { location: `https://${storage.address}/x` }),
      tls,
    );
    for (const trust of [{ insecureSkipVerify: true }, { ca: tls.cert }]) {
      expect(await codeOf(repository(`${registry.address}/a`, { ...https, ...trust }).fetch(blob))).toBe(
        "ASMF_OCI_TLS",
      );
    }
    expect(storage.seen).toEqual([]);
  });
});
