import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const packages = ["sdk", "host", "oci", "controller", "cli"];

/** What npm says where there is no way to a registry. */
const offline = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ENOTCACHED)\b/;

let folder = "";
let reasonToSkip: string | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asmfilter-packed-"));
  const tarballs = join(folder, "tarballs");
  await mkdir(tarballs);
  const workspaces = packages.flatMap((name) => ["-w", name]);
  await run("npm", ["pack", ...workspaces, "--pack-destination", tarballs], { cwd: root });
  const files = (await readdir(tarballs)).map((name) => join(tarballs, name));
  const install = [
    "install",
    "--prefix",
    folder,
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
    ...files,
  ];
  await run("npm", install, { cwd: folder }).catch((error: Error) => {
    if (!offline.test(error.message)) throw error;
    reasonToSkip = "npm cannot reach its registry, and the packages' dependencies come from there";
  });
}, 180_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const resource = `apiVersion: asmfilter.io/v1
kind: ASMFilterDeployment
metadata: {name: hello, namespace: shop}
spec:
  workload: {labels: {app: details}}
  filter: {image: "registry.example.com/filters/hello:0.1", parameters: {header: x-greeting}}
`;

const asmfilter = (...argv: string[]) => run("npx", ["--no-install", "asmfilter", ...argv], { cwd: folder });

test("installed from their tarballs into an empty folder, the packages take a filter from init to a rendered resource", async ({
  skip,
}) => {
  if (reasonToSkip !== undefined) skip(reasonToSkip);
  await asmfilter("init", "hello");
  await asmfilter("build", "hello");
  expect((await asmfilter("test", "hello")).stdout).toMatch(/Tests +3 passed \(3\)/);
  const { stdout: reference } = await asmfilter("push", "hello", "./store:0.1");
  await asmfilter("pull", reference.trim(), "-o", "pulled");
  const module = (place: string) => readFile(join(folder, place, "hello.wasm"), "hex");
  expect(await module("pulled")).toBe(await module("hello/build"));
  expect((await asmfilter("inspect", "pulled/hello.wasm")).stdout).toMatch(/^abi +0\.2\.1$/m);
  await writeFile(join(folder, "hello.yaml"), resource);
  const rendered = await asmfilter("render", "-f", "hello.yaml", "--artifact", "./store:0.1", "--delivery", "registry");
  expect(rendered.stdout).toContain(`oci://registry.example.com/filters/hello@${reference.trim().split("@")[1]}`);
}, 60_000);

test("no package holds tests or test data", async () => {
  for (const name of packages) {
    const { stdout } = await run("npm", ["pack", "-w", name, "--dry-run", "--json"], { cwd: root });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const strays = files.map(({ path }) => path).filter((path) => /testdata|^dist\/.*\.test\./.test(path));
    expect(strays, name).toEqual([]);
  }
});
