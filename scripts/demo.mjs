// The main job, from a filter's source to a request through a real Envoy. Each command is shown as a user would type it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const folder = mkdtempSync(join(tmpdir(), "asmfilter-demo-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function asmfilter(why, ...args) {
  console.log(`\n# ${why}\n$ npx asmfilter ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [join("cli", "bin", "asmfilter.js"), ...args], { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) process.exit(status ?? 1);
}

const store = join(folder, "store");
asmfilter("Compile the filter: the module, and its parameters' JSON Schema", "build", "filters/hello");
asmfilter("Run its unit tests in a host that behaves as Envoy does", "test", "filters/hello");
asmfilter("Push it, here to an OCI image layout", "push", "filters/hello", `${store}:0.1.0`);
asmfilter("What the controller makes of a resource that deploys it", "render", "-f", "docs/tutorial/hello.yaml", "--artifact", `${store}:0.1.0`);

const { demonstrate } = await import("../test/dist/stack/demo.js");
await demonstrate({ module: relative(root, join("filters", "hello", "build", "hello.wasm")), configuration: { header: "x-hello", value: "world" } });
