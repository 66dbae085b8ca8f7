import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { answer, serve } from "../../test/server.ts";
import { descriptorOf } from "../descriptor.ts";
import { Client } from "./client.ts";
import { repository } from "./index.ts";
import { fetchToken } from "./tokens.ts";
import type { Answer, Exchange } from "./transport.ts";

const blob = descriptorOf("text/plain", new TextEncoder().encode("x"));
const credentials = { username: "me", password: "secret" };

/** A registry on the internet, which no test can have: its answers, and all that would be sent. */
function outsideRegistry(headers: Record<string, string>, status: number) {
  const sent: string[] = [];
  const transport = async ({ url }: Exchange) => {
    sent.push(url.href);
    return { status, headers, body: Readable.from([]), url } as unknown as Answer;
  };
  const client = new Client(
    new URL("https://8.8.8.8"),
    { credentials: () => credentials, userAgent: "test", retries: 0 },
    transport,
  );
  const url = new URL("https://8.8.8.8/v2/a");
  return { sent, get: () => client.send({ method: "GET", url, scope: "", expect: [200], what: "a" }) };
}

describe("a registry outside cannot make us ask a server inside of our network", () => {
  const metadata = "https://169.254.169.254/latest";

  test("by a redirect", async () => {
    const { sent, get } = outsideRegistry({ location: metadata }, 307);
    expect(await codeOf(get())).toBe("ASMF_OCI_ORIGIN_REFUSED");
    expect(sent).toEqual(["https://8.8.8.8/v2/a"]);
  });

  test("by naming it as its token server", async () => {
    const { sent, get } = outsideRegistry({ "www-authenticate": `Bearer realm="${metadata}"` }, 401);
    expect(await codeOf(get())).toBe("ASMF_OCI_ORIGIN_REFUSED");
    expect(sent).toEqual(["https://8.8.8.8/v2/a"]);
  });
});

describe("plain HTTP does not leave this machine", () => {
  const away = "http://registry.invalid/x";

  test("by a redirect or a token server that a registry on this machine names", async () => {
    for (const [status, headers] of [
      [307, { location: away }],
      [401, { "www-authenticate": `Bearer realm="${away}"` }],
    ] as const) {
      const { address } = await serve((_, response) => answer(response, status, { ...headers }));
      const failure = await failureOf(repository(`${address}/a`, { credentials, retries: 0 }).exists(blob));
      expect(failure.code).toBe("ASMF_OCI_PLAIN_HTTP_REFUSED");
      expect(failure.hint).toContain("--plain-http");
    }
  });

  test("unless the user allowed it", async () => {
    for (const [status, headers] of [
      [307, { location: away }],
      [401, { "www-authenticate": `Bearer realm="${away}"` }],
    ] as const) {
      const { address } = await serve((_, response) => answer(response, status, { ...headers }));
      const allowed = repository(`${address}/a`, { credentials, plainHTTP: true, retries: 0 });
      expect(await codeOf(allowed.exists(blob))).toBe("ASMF_OCI_UNREACHABLE");
    }
  });

  test("to a token server, also where the login is an identity token", async () => {
    const request = {
      registry: new URL("http://127.0.0.1:5000"),
      realm: away,
      service: undefined,
      scopes: [],
      credentials: { identityToken: "secret" },
    };
    const send = () => Promise.reject(new Error("sent"));
    expect(await codeOf(fetchToken(request, send, Date.now))).toBe("ASMF_OCI_PLAIN_HTTP_REFUSED");
  });
});

test("a server that is redirected to cannot lead back to the registry in the user's name", async () => {
  const registry = await serve((request, response) => {
    if (request.headers.authorization === undefined && request.url?.startsWith("/v2/"))
      return answer(response, 401, { "www-authenticate": "Basic realm=x" });
    if (request.url === "/private") return answer(response, 200);
    answer(response, 307, { location: `http://${storage.address}/` });
  });
  const storage = await serve((_, response) =>
    answer(response, 307, { location: `http://${registry.address}/private` }),
  );
  expect(await repository(`${registry.address}/a`, { credentials }).exists(blob)).toBe(true);
  expect(registry.seen.at(-1)).toMatchObject({ url: "/private", authorization: undefined });
});
