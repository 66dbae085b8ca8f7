/** Whether Envoy makes an object of a text. */
type Maker = (value: string) => boolean;

const anything: Maker = () => true;
const number: Maker = (value) => /^\d+$/.test(value);
/** Which of these are addresses in truth is not looked at: dots or colons will do. */
const address: Maker = (value) => /^[\da-f]*[.:][\da-f.:]*$/i.test(value);

/** The keys that Envoy 1.40 has a factory for, as far as tried. */
const makers: ReadonlyMap<string, Maker> = new Map([
  ["envoy.hashable_string", anything],
  ["envoy.network.application_protocols", anything],
  ["envoy.network.ip", address],
  ["envoy.network.network_namespace", anything],
  ["envoy.network.transport_socket.original_dst_address", address],
  ["envoy.network.upstream_server_name", anything],
  ["envoy.network.upstream_subject_alt_names", anything],
  ["envoy.ratelimit.hits_addend", number],
  ["envoy.string", anything],
  ["envoy.tcp_proxy.cluster", anything],
  ["envoy.tcp_proxy.disable_tunneling", anything],
  ["envoy.tcp_proxy.per_connection_idle_timeout_ms", number],
  ["envoy.upstream.dynamic_host", anything],
  ["envoy.upstream.dynamic_port", number],
]);

/** How the value for a key of filter state is made; undefined where Envoy knows no such key. */
export function makesFilterState(key: string): Maker | undefined {
  return makers.get(key);
}
