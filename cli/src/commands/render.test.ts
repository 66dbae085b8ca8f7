import { writeFile } from "node:fs/promises";
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
