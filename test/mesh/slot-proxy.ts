import binaryen from "binaryen";
import { Envoy } from "../stack/index.ts";

/** What an EnvoyFilter of ours inserts. */
export interface Slot {
  name: string;
  config_discovery: { config_source: object };
}

/** A module that answers the plugin's configuration, as it is, in `x-hello`; `broken` refuses to be configured. */
export const helloModule = (kind: "hello" | "broken" = "hello"): Uint8Array =>
  binaryen
    .parseText(`(module
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "x-hello")
  (global $length (mut i32) (i32.const 0))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "proxy_on_configure") (param $root i32) (param $size i32) (result i32)
    (global.set $length (local.get $size))
    (if (local.get $size) (then
      (drop (call $buffer (i32.const 7) (i32.const 0) (local.get $size) (i32.const 32) (i32.const 36)))))
    (i32.const ${kind === "hello" ? 1 : 0}))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $add (i32.const 2) (i32.const 16) (i32.const 7) (i32.load (i32.const 32)) (global.get $length)))
    (i32.const 0)))`)
    .emitBinary();

/** A stock Envoy that answers each request itself, with the slot before the router. */
export class SlotProxy {
  readonly slot: Slot;
  readonly #envoy: Envoy;
  #url = "";

  constructor(slot: Slot, node: string) {
    this.slot = slot;
    const router = {
      name: "envoy.filters.http.router",
      typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
    };
    const manager = {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      stat_prefix: "test",
      route_config: {
        virtual_hosts: [
          { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: { status: 200 } }] },
        ],
      },
      http_filters: [slot, router],
    };
    const listener = {
      name: "listener",
      address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
      filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
    };
    this.#envoy = new Envoy({ static: { listeners: [listener] }, bootstrap: { node: { id: node, cluster: "test" } } });
  }

  async start(): Promise<void> {
    await this.#envoy.start();
    this.#url = `http://127.0.0.1:${await this.#envoy.port("listener")}/`;
  }

  async stop(): Promise<void> {
    await this.#envoy.stop();
  }

  logs(): string {
    return this.#envoy.logs();
  }

  async status(): Promise<number> {
    return (await fetch(this.#url)).status;
  }

  async header(name: string): Promise<string | null> {
    return (await fetch(this.#url)).headers.get(name);
  }

  async listenerStats(): Promise<string> {
    return this.#envoy.admin("/stats?filter=^listener_manager.listener_");
  }
}
