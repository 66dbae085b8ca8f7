import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { helloOnce } from "../testdata/hello.ts";
import { registry } from "../testdata/registry.ts";
import { type Terminal, terminal } from "../testdata/terminal.ts";

const hello = helloOnce();

const resource = (image: string, name = "hello") => `apiVersion: asmfilter.io/v1
kind: ASMFilterDeployment
metadata: {name: ${name}, namespace: shop}
spec:
  workload: {labels: {app: details}}
  filter:
    image: ${image}
    parameters: {header: x-greeting, value: hi}
`;

async function withStore(): Promise<Terminal & { digest: string }> {
  const here = await terminal();
  await hello(here);
  const pushed = await here.run(["push", "hello", "./store:0.1", "--format", "json"]);
  return { ...here, digest: JSON.parse(pushed.stdout).digest };
}

describe("delivery Registry", () => {
  test("is complete without a controller: the image by digest, the parameters, no placeholder", async () => {
    const here = await withStore();
    await writeFile(join(here.folder, "hello.yaml"), resource("registry.example.com/filters/hello:0.1"));
    const argv = ["render", "-f", "hello.yaml", "--artifact", "./store:0.1", "--delivery", "registry"];
    const { code, stdout, stderr } = await here.run(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(parse(stdout)).toMatchObject({ kind: "EnvoyFilter", metadata: { name: "asmf-hello", namespace: "shop" } });
    expect(stdout).toContain(`oci://registry.example.com/filters/hello@${here.digest}`);
    expect(stdout).toContain("x-greeting");
    expect(stdout).not.toContain("PLACEHOLDER");
  });

  test("resolves the image in its registry, and reads the resource from stdin", async () => {
    const here = await terminal();
    await hello(here);
    const { host } = await registry();
    const pushed = JSON.parse((await here.run(["push", "hello", `${host}/hello:0.1`, "--format", "json"])).stdout);
    const stdin = resource(`${host}/hello:0.1`);
    const { code, stdout, stderr } = await here.run(["render", "-f", "-", "--delivery", "registry"], { stdin });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`oci://${host}/hello@${pushed.digest}`);
  });
});

describe("upstreams", () => {
  const source = `import { Action, filter, Headers, HttpFilter, upstream } from "@asmfilter/sdk";
    @filter("asking")
    class Asking extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        headers.set("x-auth", upstream("auth"));
        return Action.Continue;
      }
    }`;
  async function rendered(binding: string, ...flags: string[]) {
    const here = await terminal();
    await mkdir(join(here.folder, "asking", "assembly"), { recursive: true });
    await writeFile(join(here.folder, "asking", "filter.yaml"), "name: asking\nversion: 1.0.0\nupstreams: [auth]\n");
    await writeFile(join(here.folder, "asking", "assembly", "index.ts"), source);
    const bound = resource("registry.example.com/asking:1").replace(/parameters: .*/, `upstreams: {${binding}}`);
    await writeFile(join(here.folder, "asking.yaml"), bound);
    return here.run(["render", "-f", "asking.yaml", "--artifact", "asking", "--delivery", "registry", ...flags]);
  }

  test("that nothing is bound to are refused, with the name", async () => {
    const { code, stdout, stderr } = await rendered("aut: {service: auth, port: 80}");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("ASMF_UPSTREAMS_INVALID");
    expect(stderr).toContain("spec.filter.upstreams.auth: missing");
    expect(stderr).toContain("did you mean auth?");
  });

  test("that are bound reach the filter as clusters of the domain that was given", async () => {
    const { code, stdout, stderr } = await rendered(
      "auth: {service: auth, port: 80}",
      "--cluster-domain",
      "example.org",
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('{"upstreams":{"auth":"outbound|80||auth.shop.svc.example.org"}}');
    expect((await rendered("", "--cluster-domain", "a|b")).code).toBe(2);
  });
});

describe("delivery Direct", () => {
  test("shows placeholders where only the controller knows, and says so on stderr", async () => {
    const here = await withStore();
    await writeFile(join(here.folder, "hello.yaml"), resource("registry.example.com/filters/hello:0.1"));
    const { code, stdout, stderr } = await here.run(["render", "-f", "hello.yaml", "--artifact", "./store:0.1"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/PLACEHOLDER.* CA/);
    expect(stdout).toContain("PLACEHOLDER-TOKEN-OF-shop/hello");
    expect(stderr).toMatch(/^warning: .*--controller-ca.*--token-file.*placeholders/);
  });

  test("with all that the controller knows given, warns of nothing", async () => {
    const here = await withStore();
    await writeFile(join(here.folder, "hello.yaml"), resource("registry.example.com/filters/hello:0.1"));
    await writeFile(join(here.folder, "ca.pem"), `${rootCertificates[0]}\n`);
    await writeFile(join(here.folder, "token"), "t0ken\n");
    const flags = ["--controller-address", "asmf.example:443", "--controller-ca", "ca.pem", "--token-file", "token"];
    const { stdout, stderr } = await here.run(["render", "-f", "hello.yaml", "--artifact", "hello", ...flags]);
    expect(stderr).toBe("");
    for (const text of ["dns:///asmf.example:443", "BEGIN CERTIFICATE", "Bearer t0ken"]) expect(stdout).toContain(text);
    expect(stdout).not.toContain("PLACEHOLDER");
  });
});

test("several resources give several documents, or a List in JSON", async () => {
  const here = await withStore();
  const image = "registry.example.com/filters/hello:0.1";
  await writeFile(join(here.folder, "two.yaml"), `${resource(image)}---\n${resource(image, "again")}`);
  const argv = ["render", "-f", "two.yaml", "--artifact", "./store:0.1", "--delivery", "registry"];
  const names = (filters: { metadata: { name: string } }[]) => filters.map(({ metadata }) => metadata.name);
  const { stdout } = await here.run(argv);
  expect(names(parseAllDocuments(stdout).map((one) => one.toJS()))).toEqual(["asmf-hello", "asmf-again"]);
  const { kind, items } = JSON.parse((await here.run([...argv, "--format", "json"])).stdout);
  expect({ kind, names: names(items) }).toEqual({ kind: "List", names: ["asmf-hello", "asmf-again"] });
});

test("a resource pinned to another digest than the artifact given is refused", async () => {
  const here = await withStore();
  const pinned = `registry.example.com/filters/hello@sha256:${"0".repeat(64)}`;
  await writeFile(join(here.folder, "hello.yaml"), resource(pinned));
  const { code, stdout, stderr } = await here.run(["render", "-f", "hello.yaml", "--artifact", "./store:0.1"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("[ASMF_ARTIFACT_MISMATCH]");
  expect(stderr).toContain(here.digest);
});

test("the rules of the resource hold for --delivery as well", async () => {
  const here = await withStore();
  const secret = `${resource("registry.example.com/filters/hello:0.1")}    imagePullOptions: {pullSecret: regcred}\n`;
  await writeFile(join(here.folder, "hello.yaml"), secret);
  const argv = ["render", "-f", "hello.yaml", "--artifact", "./store:0.1"];
  expect((await here.run(argv)).code).toBe(0);
  const { code, stderr } = await here.run([...argv, "--delivery", "registry"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/\[ASMF_RESOURCE_INVALID\]\n.*pullSecret/);
});

describe("a file for a cluster", () => {
  const image = "registry.example.com/filters/hello:0.1";
  const service = "apiVersion: v1\nkind: Service\nmetadata: {name: details}\n";

  test("may hold other kinds, which are skipped aloud", async () => {
    const here = await withStore();
    await writeFile(join(here.folder, "all.yaml"), `${service}---\n${resource(image)}`);
    const argv = ["render", "-f", "all.yaml", "--artifact", "./store:0.1", "--delivery", "registry"];
    const { code, stdout, stderr } = await here.run(argv);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "skipped all.yaml, document 1, default/details: its kind is Service\n",
    });
    expect(parse(stdout).metadata.name).toBe("asmf-hello");
  });

  test("must hold at least one of ours", async () => {
    const here = await terminal();
    await writeFile(join(here.folder, "all.yaml"), service);
    const { code, stderr } = await here.run(["render", "-f", "all.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/all\.yaml holds no ASMFilterDeployment, only Service \[ASMF_YAML_INVALID\]/);
  });

  test.each([
    {
      what: "a field",
      change: (text: string) => `${text}    paramters: {}\n`,
      place: "document 2, shop/again: .*again",
    },
    {
      what: "a parameter",
      change: (text: string) => text.replace("x-greeting", "{a: 1}"),
      place: "document 2, shop/again: ",
    },
    {
      what: "its name",
      change: (text: string) => text.replace("again", "hello"),
      place: "document 2, shop/hello: the same name as in two.yaml, document 1",
    },
  ])("has $what wrong in the second: the error says where", async ({ change, place }) => {
    const here = await withStore();
    await writeFile(join(here.folder, "two.yaml"), `${resource(image)}---\n${change(resource(image, "again"))}`);
    const { code, stdout, stderr } = await here.run(["render", "-f", "two.yaml", "--artifact", "./store:0.1"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^error: two\\.yaml, ${place}`));
  });

  test("is a List: the error names the item", async () => {
    const here = await withStore();
    const items = [parse(resource(image)), { ...parse(resource(image, "again")), spec: {} }];
    await writeFile(join(here.folder, "list.json"), JSON.stringify({ kind: "List", items }));
    const { stderr } = await here.run(["render", "-f", "list.json", "--artifact", "./store:0.1"]);
    expect(stderr).toMatch(/^error: list\.json, document 1, item 2, shop\/again: /);
  });
});

describe("a password from stdin", () => {
  const flags = ["--username", "me", "--password-stdin"];
  const two = (host: string, other = host) => `${resource(`${host}/a:1`)}---\n${resource(`${other}/b:1`, "again")}`;

  test("is read once, and serves for all images", async () => {
    const here = await terminal();
    await hello(here);
    const { host } = await registry({ credentials: "me:secret" });
    const secret = { stdin: "secret\n" };
    for (const name of ["a", "b"]) {
      expect((await here.run(["push", "hello", `${host}/${name}:1`, ...flags], secret)).code).toBe(0);
    }
    await writeFile(join(here.folder, "two.yaml"), two(host));
    const { code, stderr } = await here.run(["render", "-f", "two.yaml", "--delivery", "registry", ...flags], secret);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test.each([
    { what: "which is empty", argv: ["-f", "two.yaml", ...flags], stdin: "\n", message: /found no password/ },
    {
      what: "as the resources",
      argv: ["-f", "-", ...flags],
      stdin: "x",
      message: /--file - and --password-stdin both/,
    },
    {
      what: "as the token",
      argv: ["-f", "two.yaml", "--token-file", "-", ...flags],
      stdin: "x",
      message: /--token-file - and --password-stdin both/,
    },
  ])("$what is refused", async ({ argv, stdin, message }) => {
    const here = await terminal();
    await writeFile(join(here.folder, "two.yaml"), two("127.0.0.1:1"));
    const { code, stderr } = await here.run(["render", ...argv], { stdin });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });

  test("is sent to one registry only", async () => {
    const here = await terminal();
    await writeFile(join(here.folder, "two.yaml"), two("127.0.0.1:1", "127.0.0.2:1"));
    const { code, stderr } = await here.run(["render", "-f", "two.yaml", ...flags], { stdin: "secret" });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/--username is for one, .* 2 registries/),
    });
  });
});

describe("what delivery Direct is given is checked", () => {
  test.each([
    {
      flags: ["--controller-ca", "store/index.json"],
      message: /store\/index\.json holds no certificate in PEM \[ASMF_FILE\]/,
    },
    { flags: ["--controller-ca", "hello/build/hello.wasm"], message: /hello\.wasm holds no certificate in PEM/ },
    { flags: ["--controller-ca", "broken.pem"], message: /broken\.pem holds no certificate in PEM/ },
    ...["foo", "::::", "foo:0", "foo:65536", "a b:1", ":1", "fe80::1:80"].map((address) => ({
      flags: ["--controller-address", address],
      message: /--controller-address takes HOST:PORT.* \[ASMF_USAGE\]/,
    })),
    { flags: ["--token-file", "empty"], message: /empty, given by --token-file, is empty \[ASMF_FILE\]/ },
    { flags: ["--token-file", "hello/filter.yaml"], message: /filter\.yaml, .* something else than a token/ },
  ])("$flags", async ({ flags, message }) => {
    const here = await withStore();
    await writeFile(join(here.folder, "hello.yaml"), resource("registry.example.com/filters/hello:0.1"));
    await writeFile(join(here.folder, "broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    await writeFile(join(here.folder, "empty"), "\n");
    const argv = ["render", "-f", "hello.yaml", "--artifact", "./store:0.1", ...flags];
    const { code, stdout, stderr } = await here.run(argv);
    expect({ failed: code > 0, stdout }).toEqual({ failed: true, stdout: "" });
    expect(stderr).toMatch(message);
  });

  test.each(["[::1]:443", "10.0.0.1:15010", "controller.mesh.svc:1"])("%s is an address", async (address) => {
    const here = await withStore();
    const stdin = resource("registry.example.com/filters/hello:0.1");
    const argv = ["render", "-f", "-", "--artifact", "./store:0.1", "--controller-address", address];
    expect((await here.run(argv, { stdin })).stdout).toContain(`dns:///${address}`);
  });
});
