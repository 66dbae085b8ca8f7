import {
  Action,
  attributes,
  config,
  envoy,
  filter,
  log,
  maximum,
  NetworkFilter,
  Status,
  upstream,
} from "@asmfilter/sdk";

@config
class Config {
  /** How many of a hundred clients are led to the upstream `canary`; the others are to `stable`. */
  @maximum(100)
  canary: u32 = 10;
}

@filter("envoy-tcp-routing")
class Routed extends NetworkFilter<Config> {
  override onNewConnection(): Action {
    const address = attributes.source.address;
    const isCanary = address !== null && percentile(address) < this.config.canary;
    const cluster = isCanary ? upstream("canary") : upstream("stable");
    // Envoy's TCP proxy connects to this cluster in place of its own.
    const status = envoy.setFilterState("envoy.tcp_proxy.cluster", cluster);
    if (status != Status.Ok) log.warn("cannot lead to " + cluster + ": " + status.toString());
    return Action.Continue;
  }
}

/** A number below 100 that a client's address always gives, whatever its port (FNV-1a). */
function percentile(address: string): u32 {
  let hash: u32 = 0x811c9dc5;
  const end = address.lastIndexOf(":");
  for (let i = 0; i < end; i++) hash = (hash ^ address.charCodeAt(i)) * 0x01000193;
  return hash % 100;
}
