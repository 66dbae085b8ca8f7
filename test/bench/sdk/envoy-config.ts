/** Envoy's configuration for the benchmark: a listener for each module, all answering by themselves. */

const TYPE = "type.googleapis.com/envoy.extensions.filters";
const ROUTER = {
  name: "envoy.filters.http.router",
  typed_config: { "@type": `${TYPE}.http.router.v3.Router` },
};

/** Bytes of each answer. */
export const BODY = "a".repeat(1024);

/** A listener that answers 200 with {@link BODY}, through the module if there is one. */
export function listener(name: string, module?: string): object {
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [{ filters: [manager(module ? [wasm(name, module), ROUTER] : [ROUTER])] }],
  };
}

function manager(filters: object[]): object {
  const answer = { direct_response: { status: 200, body: { inline_string: BODY } } };
  // Only here is it told what became of the request's headers, so that it costs the measured requests nothing.
  const told = ["x-seen", "x-auth"].map((name) => ({ header: { key: `told-${name}`, value: `%REQ(${name})%` } }));
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "bench",
      generate_request_id: false,
      route_config: {
        virtual_hosts: [
          {
            name: "all",
            domains: ["*"],
            routes: [
              { match: { prefix: "/tell" }, ...answer, response_headers_to_add: told },
              { match: { prefix: "/" }, ...answer },
            ],
          },
        ],
      },
      http_filters: filters,
    },
  };
}

function wasm(name: string, filename: string): object {
  const vm = { vm_id: name, runtime: "envoy.wasm.runtime.v8", code: { local: { filename } } };
  return {
    name: "bench",
    typed_config: {
      "@type": `${TYPE}.http.wasm.v3.Wasm`,
      config: { name, root_id: "bench", vm_config: vm, failure_policy: "FAIL_CLOSED" },
    },
  };
}

/** The service that the call-out filter calls. */
export function authCluster(port: number): object {
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  return {
    name: "auth",
    type: "STATIC",
    load_assignment: { cluster_name: "auth", endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}
