import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { available, Envoy, envoyFilterValidator, requirePart, validateEnvoyFilters } from "../stack/index.ts";
import { markingFilter } from "./marking-filter.ts";

const folder = join(import.meta.dirname, "..", "..", "controller", "src", "render", "testdata", "golden");
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".envoyfilter.yaml"))
  .map((file) => file.replace(".envoyfilter.yaml", ""));

describe("Istio's validator", () => {
  beforeEach((context) => requirePart(context, envoyFilterValidator));

  test("accepts every EnvoyFilter of the golden files, without a warning", async () => {
    const verdicts = await validateEnvoyFilters(names.map((name) => read(`${name}.envoyfilter.yaml`)).join("---\n"));
    expect(verdicts.length).toBe(names.length);
    expect(verdicts.filter(({ errors, warnings }) => errors.length + warnings.length > 0)).toEqual([]);
  });

  test("would have said so of a field that Envoy does not know", async () => {
    const misspelt = read("sidecar.envoyfilter.yaml").replace("channel_args", "channel_arguments");
    const [verdict] = await validateEnvoyFilters(misspelt);
    expect([...verdict!.errors, ...verdict!.warnings].join()).toContain("channel_arguments");
  });
});

interface Content {
  config: { name: string; typed_config: { "@type": string; config?: { vm_config: { code?: object } } } };
  module?: object;
}

/** The content as the discovery server completes it. */
function complete({ config, module }: Content): object {
  const code = { local: { inline_bytes: markingFilter.toString("base64") } };
  if (module !== undefined) config.typed_config.config!.vm_config.code = code;
  return config;
}

function listener(name: string, filters: readonly object[]): object {
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [{ filters }],
  };
}

function answering(http: readonly object[]): object {
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      stat_prefix: "http",
      route_config: {
        virtual_hosts: [
          { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: { status: 200 } }] },
        ],
      },
      http_filters: [
        ...http,
        {
          name: "envoy.filters.http.router",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
        },
      ],
    },
  };
}

describe("Envoy", () => {
  const contents = new Map(names.map((name) => [name, parse(read(`${name}.content.yaml`)) as Content]));
  const isHTTP = (name: string) => contents.get(name)!.config.typed_config["@type"].includes(".http.");
  let envoy: Envoy;

  beforeAll(async () => {
    if (!available(Envoy)) return;
    const listeners = names.map((name) => {
      const filter = complete(contents.get(name)!);
      return listener(name, isHTTP(name) ? [answering([filter])] : [filter, answering([])]);
    });
    envoy = new Envoy({ static: { listeners, clusters: [] } });
    await envoy.start();
  });
  afterAll(() => envoy?.stop());
  beforeEach((context) => requirePart(context, Envoy));

  test.each(names.filter((name) => contents.get(name)!.module !== undefined && isHTTP(name)))(
    "runs the slot's content of %s",
    async (name) => {
      const { status, headers } = await fetch(`http://127.0.0.1:${await envoy.port(name)}/`);
      expect({ status, ran: headers.get("x-ran") }).toEqual({ status: 200, ran: "yes" });
    },
  );

  test.each(names.filter((name) => contents.get(name)!.module === undefined || !isHTTP(name)))(
    "lets traffic pass through the slot's content of %s",
    async (name) => {
      const { status, headers } = await fetch(`http://127.0.0.1:${await envoy.port(name)}/`);
      expect({ status, ran: headers.get("x-ran") }).toEqual({ status: 200, ran: null });
    },
  );

  test("exports a metric that names the plugin and its version", async () => {
    expect(await envoy.admin("/stats/prometheus")).toMatch(
      /^envoy_wasm_asmf_default_hello_01234567_vm_reload_success/m,
    );
  });
});

describe("Envoy, where the controller is away", () => {
  const cases = ["sidecar", "fail-open", "network"];
  let envoy: Envoy;

  beforeAll(async () => {
    if (!available(Envoy)) return;
    const listeners = cases.map((name) => {
      const slot = parse(read(`${name}.envoyfilter.yaml`)).spec.configPatches[0].patch.value;
      return listener(name, name === "network" ? [slot, answering([])] : [answering([slot])]);
    });
    envoy = new Envoy({
      static: { listeners, clusters: [] },
      bootstrap: { node: { id: "sidecar~127.0.0.1~a.default~default.svc.cluster.local", cluster: "a" } },
    });
    await envoy.start();
  });
  afterAll(() => envoy?.stop());
  beforeEach((context) => requirePart(context, Envoy));

  test("answers 500 with FailClosed", async () => {
    expect((await fetch(`http://127.0.0.1:${await envoy.port("sidecar")}/`)).status).toBe(500);
  });

  test.each(["fail-open", "network"])("lets traffic pass with FailOpen (%s)", async (name) => {
    expect((await fetch(`http://127.0.0.1:${await envoy.port(name)}/`)).status).toBe(200);
  });
});
