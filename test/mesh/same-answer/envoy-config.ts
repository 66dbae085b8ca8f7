/** The configuration of an Envoy that plays scenarios: for each a listener, with the filter, and a cluster. */
import type { Metadata, Plugin, Scenario } from "./scenario.ts";

const type = (name: string) => `type.googleapis.com/${name}`;

/** FAIL_OPEN as a policy would leave the stream 503 in which the filter traps: only `fail_open` gets to it (Envoy's wasm/plugin.h). */
const policies = {
  FailClosed: { failure_policy: "FAIL_CLOSED" },
  FailOpen: { fail_open: true },
  FailReload: { failure_policy: "FAIL_RELOAD" },
} as const;

/**
 * The listener of a filter, as the discovery service has it.
 * @param id names the listener and the plugin, and the VM where the plugin does not
 * @param module the file
 * @param around what the filter is of, and what metadata it meets
 * @param upstream the cluster behind it
 */
export function listener(
  id: string,
  module: string,
  plugin: Plugin | Scenario,
  around: Pick<Scenario, "kind" | "metadata"> = {},
  upstream: string = id,
): object {
  const wasm = {
    "@type": type(`envoy.extensions.filters.${around.kind === "tcp" ? "network" : "http"}.wasm.v3.Wasm`),
    config: {
      name: id,
      root_id: plugin.rootID ?? "",
      ...policies[plugin.failurePolicy ?? "FailClosed"],
      vm_config: {
        vm_id: plugin.vmID ?? id,
        runtime: "envoy.wasm.runtime.v8",
        code: { local: { filename: module } },
        ...configuration(plugin.vmConfig),
        ...(plugin.env && { environment_variables: { key_values: plugin.env } }),
      },
      ...configuration(plugin.config),
    },
  };
  const filters = [{ name: "wasm", typed_config: wasm }];
  const made =
    around.kind === "tcp" ? tcpListener(id, filters, upstream) : listenerOf(id, filters, upstream, around.metadata);
  return { "@type": type("envoy.config.listener.v3.Listener"), ...made };
}

function tcpListener(id: string, filters: readonly object[], upstream: string): object {
  const proxy = {
    "@type": type("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"),
    stat_prefix: id,
    cluster: upstream,
  };
  return {
    name: id,
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [{ filters: [...filters, { name: "tcp", typed_config: proxy }] }],
  };
}

export function listenerOf(
  id: string,
  filters: readonly object[],
  upstream: string = id,
  metadata: Metadata = {},
): object {
  const route = {
    match: { prefix: "/" },
    route: { cluster: upstream },
    ...(metadata.route && { metadata: { filter_metadata: metadata.route } }),
  };
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
      virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }],
    },
    http_filters: [...settingMetadata(metadata), ...filters, { name: "router", typed_config: router }],
  };
  return {
    name: id,
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [{ filters: [{ name: "http", typed_config: connections }] }],
  };
}

/** A filter that sets metadata of each request. */
function settingMetadata({ request }: Metadata): object[] {
  if (!request) return [];
  const entries = Object.entries(request).map(([metadata_namespace, value]) => ({ metadata_namespace, value }));
  const typed_config = {
    "@type": type("envoy.extensions.filters.http.set_metadata.v3.Config"),
    metadata: entries,
  };
  return [{ name: "set_metadata", typed_config }];
}

/** @param protocol gRPC is spoken over HTTP/2 */
export function cluster(name: string, port: number, protocol: "http1" | "http2" = "http1"): { readonly name: string } {
  const http =
    protocol === "http1" ? { http_protocol_options: { enable_trailers: true } } : { http2_protocol_options: {} };
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  const made = {
    name,
    type: "STATIC",
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": type("envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
        explicit_http_config: http,
      },
    },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
  return made;
}

function configuration(config: unknown): object {
  if (config === undefined) return {};
  const value = typeof config === "string" ? config : JSON.stringify(config);
  return { configuration: { "@type": type("google.protobuf.StringValue"), value } };
}
