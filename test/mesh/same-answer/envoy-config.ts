/** The configuration of an Envoy that plays scenarios: for each a listener, with the filter, and a cluster. */
import type { Scenario } from "./scenario.ts";

const type = (name: string) => `type.googleapis.com/${name}`;

/** FAIL_OPEN as a policy would leave the stream 503 in which the filter traps: only `fail_open` gets to it (Envoy's wasm/plugin.h). */
const policies = {
  FailClosed: { failure_policy: "FAIL_CLOSED" },
  FailOpen: { fail_open: true },
  FailReload: { failure_policy: "FAIL_RELOAD" },
} as const;

/**
 * The listener of a scenario, as the discovery service has it.
 * @param id names the listener, the plugin and the VM, and is the cluster behind them
 * @param module the file
 */
export function listener(id: string, module: string, scenario: Scenario): object {
  const wasm = {
    "@type": type("envoy.extensions.filters.http.wasm.v3.Wasm"),
    config: {
      name: id,
      root_id: scenario.rootID ?? "",
      ...policies[scenario.failurePolicy ?? "FailClosed"],
      vm_config: { vm_id: id, runtime: "envoy.wasm.runtime.v8", code: { local: { filename: module } } },
      ...configuration(scenario.config),
    },
  };
  const filters = [{ name: "wasm", typed_config: wasm }];
  return { "@type": type("envoy.config.listener.v3.Listener"), ...listenerOf(id, filters) };
}

export function listenerOf(id: string, filters: readonly object[]): object {
  const router = {
    "@type": type("envoy.extensions.filters.http.router.v3.Router"),
    // Which a filter would see, and the upstream too.
    suppress_envoy_headers: true,
  };
  const connections = {
    "@type": type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
    stat_prefix: id,
    generate_request_id: false,
    http_protocol_options: { enable_trailers: true },
    route_config: {
      name: "route",
      virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: id } }] }],
    },
    http_filters: [...filters, { name: "router", typed_config: router }],
  };
  return {
    name: id,
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [{ filters: [{ name: "http", typed_config: connections }] }],
  };
}

export function cluster(name: string, port: number): { readonly name: string } {
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  return {
    name,
    type: "STATIC",
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": type("envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
        explicit_http_config: { http_protocol_options: { enable_trailers: true } },
      },
    },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

function configuration(config: unknown): object {
  if (config === undefined) return {};
  const value = typeof config === "string" ? config : JSON.stringify(config);
  return { configuration: { "@type": type("google.protobuf.StringValue"), value } };
}
