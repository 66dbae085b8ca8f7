// The main job, from a filter's source to a request through a real Envoy. Each command is shown as a user would type it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const folder = mkdtempSync(join(tmpdir(), "asmfilter-demo-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function asmfilter(why, ...args) {
  console.log(`\n# ${why}\n$ npx asmfilter ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [join("cli", "bin", "asmfilter.js"), ...args], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) process.exit(status ?? 1);
}

const store = join(folder, "store");
asmfilter("Begin a filter: this folder is what filters/hello was begun with", "init", join(folder, "hello"));
asmfilter("Compile the filter: the module, and its parameters' JSON Schema", "build", "filters/hello");
asmfilter("Run its unit tests in a host that behaves as Envoy does", "test", "filters/hello");
asmfilter("Push it, here to an OCI image layout", "push", "filters/hello", `${store}:0.1.0`);
asmfilter(
  "What the controller makes of a resource that deploys it",
  "render",
  "-f",
  "docs/tutorial/hello.yaml",
  "--artifact",
  `${store}:0.1.0`,
);

const { Envoy, envoyMissing } = await import("../test/dist/stack/envoy.js");
const missing = envoyMissing();
if (missing) console.log(`\n# Skipped: a request through a real Envoy (${missing})`);
else await throughEnvoy(join(root, "filters", "hello", "build", "hello.wasm"), { value: "from a real Envoy" });

/** Starts a stock Envoy that has the filter and answers by itself, asks it once, and prints what it said. */
async function throughEnvoy(filename, parameters) {
  const envoy = new Envoy({ static: { listeners: [listener(filename, parameters)] } });
  console.log("\n# A request through a real Envoy with the filter in it");
  await envoy.start();
  try {
    const url = `http://127.0.0.1:${await envoy.port("demo")}/`;
    console.log(`$ curl -i ${url}`);
    const reply = await fetch(url);
    console.log(`HTTP/1.1 ${reply.status} ${reply.statusText}`);
    for (const [name, value] of reply.headers) console.log(`${name}: ${value}`);
    console.log(`\n${(await reply.text()).trimEnd()}`);
    if (reply.headers.get("x-hello") !== parameters.value) {
      console.error(`demo: the filter's header is not there.\n${envoy.logs()}`);
      process.exitCode = 1;
    }
  } finally {
    await envoy.stop();
  }
}

function listener(filename, parameters) {
  const type = "type.googleapis.com/envoy.extensions.filters";
  const wasm = {
    "@type": `${type}.http.wasm.v3.Wasm`,
    config: {
      name: "hello",
      root_id: "hello",
      vm_config: { runtime: "envoy.wasm.runtime.v8", code: { local: { filename } } },
      configuration: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: JSON.stringify(parameters) },
    },
  };
  const answer = { status: 200, body: { inline_string: "the upstream's answer\n" } };
  const manager = {
    "@type": `${type}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "demo",
    route_config: {
      virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: answer }] }],
    },
    http_filters: [
      { name: "hello", typed_config: wasm },
      { name: "envoy.filters.http.router", typed_config: { "@type": `${type}.http.router.v3.Router` } },
    ],
  };
  return {
    name: "demo",
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  };
}
