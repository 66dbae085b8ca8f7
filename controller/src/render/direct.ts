import type { ASMFilterDeployment } from "../api/index.ts";
import type { Artifact } from "./artifact.ts";
import { effective } from "./effective.ts";

/** Where the proxies find the controller's extension config server, and how they know it and are known by it. */
export interface DiscoveryServer {
  /** `HOST:PORT`, as the proxies reach it. */
  readonly address: string;
  /** The certificate authority of the server's certificate, PEM. */
  readonly ca: string;
  /** The name in the server's certificate, where it is not the address's host. */
  readonly serverName?: string;
  /** Seconds for which a listener waits for the first content. Default 10, for FailOpen 2. */
  readonly initialFetchTimeout?: number;
  /**
   * The bearer token by which a proxy shows that it may read this resource's content: node ids can be forged. With the uid, a
   * resource of the same name that was deleted is another one.
   */
  token(resource: { namespace: string; name: string; uid?: string | undefined }): string;
}

// The module travels in the answer: 256 MB is also what the istio-agent takes.
const MAX_MESSAGE_BYTES = 268_435_456;

/** `envoy.config.core.v3.ConfigSource` that asks the controller. `google_grpc` needs no cluster in the proxy's bootstrap. */
export function directSource(deployment: ASMFilterDeployment, artifact: Artifact, server: DiscoveryServer): object {
  return {
    resource_api_version: "V3",
    initial_fetch_timeout: `${server.initialFetchTimeout ?? defaultTimeout(deployment, artifact)}s`,
    api_config_source: {
      api_type: "GRPC",
      transport_api_version: "V3",
      set_node_on_first_message_only: true,
      grpc_services: [
        {
          google_grpc: {
            target_uri: `dns:///${server.address}`,
            stat_prefix: "asmfilter",
            channel_credentials: { ssl_credentials: { root_certs: { inline_string: server.ca } } },
            channel_args: { args: channelArgs(server.serverName) },
          },
          initial_metadata: [{ key: "authorization", value: `Bearer ${server.token(deployment.metadata)}` }],
        },
      ],
    },
  };
}

/** A closed filter would rather wait, while the listener before it serves on, than answer errors; an open one need not. */
function defaultTimeout(deployment: ASMFilterDeployment, artifact: Artifact): number {
  return effective(deployment, artifact).failurePolicy === "FailOpen" ? 2 : 10;
}

/** Bounded back-off brings proxies back soon after the server does; keep-alive finds a server that went away without a word. */
function channelArgs(serverName: string | undefined): Record<string, { int_value: number } | { string_value: string }> {
  return {
    "grpc.max_receive_message_length": { int_value: MAX_MESSAGE_BYTES },
    "grpc.initial_reconnect_backoff_ms": { int_value: 500 },
    "grpc.min_reconnect_backoff_ms": { int_value: 1000 },
    "grpc.max_reconnect_backoff_ms": { int_value: 5000 },
    "grpc.keepalive_time_ms": { int_value: 30_000 },
    "grpc.keepalive_timeout_ms": { int_value: 10_000 },
    ...(serverName !== undefined && { "grpc.ssl_target_name_override": { string_value: serverName } }),
  };
}
