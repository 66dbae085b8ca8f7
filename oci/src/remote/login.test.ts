import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { codeOf, failureOf } from "../../test/failures.ts";
import { answer, bodyOf, type Server, serve } from "../../test/server.ts";
import { descriptorOf } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { type RepositoryOptions, repository } from "./index.ts";

const blob = descriptorOf("text/plain", new TextEncoder().encode("x"));
const credentials = { username: "me", password: "s3cr3t-pässword" };
const basic = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;

function open({ address }: Server, options: RepositoryOptions = {}) {
  return repository(`${address}/a/b`, { delay: 1, ...options });
}

/** Wants `expected`, and else answers with the challenge. */
function guarded(challenge: string, expected: () => string) {
  return serve(({ headers }, response) =>
    headers.authorization === expected()
      ? answer(response, 200)
      : answer(response, 401, { "www-authenticate": challenge }),
  );
}

describe("Basic", () => {
  test("is said when the registry asks, and from then on at once", async () => {
    const registry = await guarded('Basic realm="x"', () => basic);
    const target = open(registry, { credentials });
    expect(await target.exists(blob)).toBe(true);
    expect(await target.exists(blob)).toBe(true);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([undefined, basic, basic]);
  });

  test("comes from a function that is asked only when the registry asks", async () => {
    const asked: string[] = [];
    const provider = (registry: string, name: string) => {
      asked.push(`${registry} ${name}`);
      return credentials;
    };
    const anonymous = await serve((_, response) => answer(response, 200));
    await open(anonymous, { credentials: provider }).exists(blob);
    expect(asked).toEqual([]);
    const registry = await guarded("Basic realm=x", () => basic);
    await open(registry, { credentials: provider }).exists(blob);
    expect(asked).toEqual([`${registry.address} a/b`]);
  });

  test("without a login the error says how to log in", async () => {
    const failure = await failureOf(open(await guarded("Basic realm=x", () => basic)).fetch(blob));
    expect(failure.code).toBe("ASMF_OCI_UNAUTHORIZED");
    expect(failure.hint).toContain("docker login 127.0.0.1:");
    expect(failure.hint).toContain("--password-stdin");
  });

  test("that is refused is said twice at most, not for ever", async () => {
    const registry = await serve((_, response) => answer(response, 401, { "www-authenticate": "Basic realm=x" }));
    const target = open(registry, { credentials });
    for (const requests of [2, 3]) {
      expect((await failureOf(target.fetch(blob))).code).toBe("ASMF_OCI_UNAUTHORIZED");
      expect(registry.seen).toHaveLength(requests);
    }
  });
});

/** A registry with a token server beside it, which gives tokens in turn. */
async function tokenRegistry(answerToken?: (count: number) => object) {
  let valid = "none";
  let count = 0;
  const tokens = await serve((_, response) => {
    count += 1;
    valid = `token-number-${count}`;
    answer(response, 200, {}, JSON.stringify(answerToken?.(count) ?? { token: valid }));
  });
  const challenge = () =>
    `Bearer realm="http://${tokens.address}/token",service="the registry",scope="repository:a/b:pull"`;
  const registry = await serve(({ headers }, response) =>
    headers.authorization === `Bearer ${valid}`
      ? answer(response, 200)
      : answer(response, 401, { "www-authenticate": challenge() }),
  );
  const expire = () => {
    valid = "none";
  };
  return { registry, tokens, expire };
}

describe("Bearer", () => {
  test("tokens are fetched with the login, which the registry itself never sees, and kept", async () => {
    const { registry, tokens } = await tokenRegistry();
    const target = open(registry, { credentials });
    await target.exists(blob);
    await target.exists(blob);
    expect(tokens.seen).toHaveLength(1);
    expect(tokens.seen[0]!.authorization).toBe(basic);
    expect(tokens.seen[0]!.url).toBe("/token?service=the+registry&scope=repository%3Aa%2Fb%3Apull");
    expect(registry.seen.some(({ authorization }) => authorization?.startsWith("Basic"))).toBe(false);
  });

  test("anonymous tokens need no login", async () => {
    const { registry, tokens } = await tokenRegistry();
    expect(await open(registry).exists(blob)).toBe(true);
    expect(tokens.seen[0]!.authorization).toBeUndefined();
  });

  test("requests side by side share a token", async () => {
    const { registry, tokens } = await tokenRegistry();
    const target = open(registry);
    await Promise.all(Array.from({ length: 8 }, () => target.exists(blob)));
    expect(tokens.seen).toHaveLength(1);
  });

  test("a token that the registry no longer takes is replaced", async () => {
    const { registry, tokens, expire } = await tokenRegistry();
    const target = open(registry);
    await target.exists(blob);
    expire();
    expect(await target.exists(blob)).toBe(true);
    expect(tokens.seen).toHaveLength(2);
  });

  test("a token is not used beyond its time", async () => {
    const { registry, tokens } = await tokenRegistry((count) => ({
      access_token: `token-number-${count}`,
      expires_in: 0.02,
    }));
    const target = open(registry);
    await target.exists(blob);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await target.exists(blob);
    expect(tokens.seen).toHaveLength(2);
    expect(registry.seen).toHaveLength(4);
  });

  test("a push asks for the permission to push", async () => {
    const { registry, tokens } = await tokenRegistry();
    await open(registry)
      .push(blob, new TextEncoder().encode("x"))
      .catch(() => {});
    expect(new URL(tokens.seen[0]!.url, "http://x").searchParams.getAll("scope")).toEqual(["repository:a/b:pull,push"]);
  });

  test("a token is used for what it was asked for, and nothing else", async () => {
    const tokens = await serve(({ url }, response) => {
      const scope = new URL(url ?? "", "http://x").searchParams.get("scope") ?? "";
      answer(response, 200, {}, JSON.stringify({ token: scope.endsWith("pull,push") ? "may-push" : "may-pull" }));
    });
    const registry = await serve((request, response) => {
      request.resume();
      const expected = request.method === "HEAD" ? "Bearer may-pull" : "Bearer may-push";
      if (request.headers.authorization === expected) return answer(response, 202, { location: "/upload" });
      answer(response, 401, { "www-authenticate": `Bearer realm="http://${tokens.address}/"` });
    });
    const target = open(registry);
    const work = [() => target.exists(blob), () => target.push(blob, new TextEncoder().encode("x"))];
    for (const one of [...work, ...work]) await one().catch(() => {});
    const sent = registry.seen.map(({ method, authorization }) => [method, authorization]);
    expect(sent).not.toContainEqual(["POST", "Bearer may-pull"]);
    expect(sent).not.toContainEqual(["HEAD", "Bearer may-push"]);
    expect(tokens.seen).toHaveLength(2);
  });

  test("an identity token is exchanged by OAuth2", async () => {
    let form = "";
    const tokens = await serve(async (request, response) => {
      form = new TextDecoder().decode(await bodyOf(request));
      answer(response, 200, {}, '{"access_token":"fresh-token"}');
    });
    const registry = await guarded(`Bearer realm="http://${tokens.address}/t",service=s`, () => "Bearer fresh-token");
    expect(await open(registry, { credentials: { identityToken: "refresh-token" } }).exists(blob)).toBe(true);
    expect(Object.fromEntries(new URLSearchParams(form))).toMatchObject({
      grant_type: "refresh_token",
      refresh_token: "refresh-token",
      service: "s",
      scope: "repository:a/b:pull",
    });
  });

  test("a token server that refuses the login, or answers nonsense, ends in one clear error", async () => {
    for (const [status, body, code] of [
      [401, "", "ASMF_OCI_UNAUTHORIZED"],
      [200, "{}", "ASMF_OCI_RESPONSE_INVALID"],
      [200, "<html>", "ASMF_OCI_RESPONSE_INVALID"],
      [200, JSON.stringify({ token: "x\r\nInjected: header" }), "ASMF_OCI_RESPONSE_INVALID"],
      [200, JSON.stringify({ token: "x".repeat(2_000_000) }), "ASMF_OCI_TOO_LARGE"],
      [302, "", "ASMF_OCI_UNAVAILABLE"],
    ] as const) {
      const tokens = await serve((_, response) => answer(response, status, { location: "/elsewhere" }, body));
      const registry = await guarded(`Bearer realm="http://${tokens.address}/"`, () => "never");
      expect(await codeOf(open(registry, { credentials }).exists(blob)), body.slice(0, 20)).toBe(code);
      expect(tokens.seen).toHaveLength(1);
    }
  });

  test.each(['Bearer realm="file:///etc/passwd"', 'Bearer service="x"', 'Bearer realm="http://"'])(
    "%s names no server",
    async (challenge) => {
      expect(await codeOf(open(await guarded(challenge, () => "never"), { credentials }).exists(blob))).toBe(
        "ASMF_OCI_RESPONSE_INVALID",
      );
    },
  );
});

describe("a login is in no error, whatever the server says", () => {
  const secrets = [
    credentials.password,
    basic.slice(6).replace(/=+$/, ""),
    "token-number",
    encodeURIComponent(credentials.password),
  ].map((secret) => secret.toLowerCase());
  const everything = (error: unknown) =>
    error instanceof AsmFilterError
      ? `${inspect(error, { depth: 20 })} ${error.stack} ${error.hint} ${JSON.stringify(error)}`
      : "";

  test.each([400, 401, 403, 404, 418, 500])("a server that repeats it in an answer %i", async (status) => {
    const { address } = await serve(({ headers }, response) => {
      if (headers.authorization === undefined) return answer(response, 401, { "www-authenticate": "Basic realm=x" });
      const echo = `${headers.authorization} ${Buffer.from(headers.authorization.slice(6), "base64").toString()} ${encodeURIComponent(credentials.password)}`;
      answer(response, status, {}, JSON.stringify({ errors: [{ code: "ECHO", message: echo }] }));
    });
    const failure = await failureOf(repository(`${address}/a`, { credentials, retries: 0 }).fetch(blob));
    expect(failure.message).toContain("ECHO");
    for (const secret of secrets) expect(everything(failure)).not.toContain(secret);
  });

  test("a server that redirects to it, and one that breaks the connection", async () => {
    for (const end of ["redirect", "break"]) {
      const { address } = await serve((request, response) => {
        const { authorization } = request.headers;
        if (authorization === undefined) return answer(response, 401, { "www-authenticate": "Basic realm=x" });
        if (end === "break") return void request.socket.destroy();
        answer(response, 302, {
          location: `http://${encodeURIComponent(authorization.slice(6).replace(/=/g, ""))}.invalid/${authorization}`,
        });
      });
      const failure = await failureOf(repository(`${address}/a`, { credentials, retries: 0 }).fetch(blob));
      for (const secret of secrets) expect(everything(failure), end).not.toContain(secret);
    }
  });

  test("a server that repeats it where its text is cut", async () => {
    for (let before = 270; before < 300; before += 3) {
      const { address } = await serve(({ headers }, response) => {
        if (headers.authorization === undefined) return answer(response, 401, { "www-authenticate": "Basic realm=x" });
        answer(response, 400, {}, "x".repeat(before) + credentials.password);
      });
      const failure = await failureOf(repository(`${address}/a`, { credentials }).fetch(blob));
      expect(everything(failure)).not.toContain(credentials.password.slice(0, 4));
    }
  });

  test("a token", async () => {
    const { registry, tokens } = await tokenRegistry();
    const target = open(registry, { credentials });
    await target.exists(blob);
    const failure = await failureOf(target.resolve("v"));
    expect(tokens.seen.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(everything(failure)).not.toContain(secret);
  });
});

test("what a server says is printed on one line, without control characters, and not at any length", async () => {
  const { address } = await serve((_, response) => answer(response, 404, {}, `\u001b[31mred\r\n${"x".repeat(5000)}`));
  const { message } = await failureOf(repository(`${address}/a`).fetch(blob));
  expect(message).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u);
  expect(message.length).toBeLessThan(600);
});
