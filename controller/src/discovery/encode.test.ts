import { describe, expect, test } from "vitest";
import { encodeExtensionConfig, type JsonObject } from "./encode.ts";
import { root } from "./proto.ts";

/** Back from bytes, Anys opened. */
function decoded(bytes: Uint8Array): unknown {
  const outer = root.lookupType("envoy.config.core.v3.TypedExtensionConfig").decode(bytes) as unknown as {
    name: string;
    typed_config: { type_url: string; value: Uint8Array };
  };
  const type = root.lookupType(outer.typed_config.type_url.replace("type.googleapis.com/", ""));
  return {
    name: outer.name,
    type: type.fullName,
    value: type.toObject(type.decode(outer.typed_config.value), { enums: String, longs: Number }),
  };
}

const wasm = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";

test("a filter keeps all that was written: bytes, map, enum, duration and configuration", () => {
  const config = {
    name: "asmfilter.io/shop/hello",
    typed_config: {
      "@type": wasm,
      config: {
        name: "asmf.shop.hello.01234567",
        root_id: "hello",
        vm_config: {
          vm_id: "vm",
          runtime: "envoy.wasm.runtime.v8",
          code: { local: { inline_bytes: new Uint8Array([0, 1, 2]) } },
          environment_variables: { key_values: { A: "1" } },
        },
        configuration: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: "{}" },
        failure_policy: "FAIL_RELOAD",
        reload_config: { backoff: { base_interval: "1.5s" } },
        capability_restriction_config: { allowed_capabilities: { proxy_log: {}, proxy_on_log: {} } },
      },
    },
  };
  expect(decoded(encodeExtensionConfig(config))).toMatchObject({
    name: "asmfilter.io/shop/hello",
    type: ".envoy.extensions.filters.http.wasm.v3.Wasm",
    value: {
      config: {
        name: "asmf.shop.hello.01234567",
        root_id: "hello",
        vm_config: {
          code: { local: { inline_bytes: Buffer.from([0, 1, 2]) } },
          environment_variables: { key_values: { A: "1" } },
        },
        configuration: {
          type_url: "type.googleapis.com/google.protobuf.StringValue",
          value: Buffer.from([10, 2, 123, 125]),
        },
        failure_policy: "FAIL_RELOAD",
        reload_config: { backoff: { base_interval: { seconds: 1, nanos: 500_000_000 } } },
        capability_restriction_config: { allowed_capabilities: { proxy_log: {}, proxy_on_log: {} } },
      },
    },
  });
});

test("an allow-all filter is an empty message", () => {
  const typed_config = { "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC" };
  expect(decoded(encodeExtensionConfig({ name: "n", typed_config }))).toMatchObject({ value: {} });
});

describe("what Envoy would not get is refused, with its path", () => {
  const filter = (config: JsonObject): JsonObject => ({ name: "n", typed_config: { "@type": wasm, config } });
  test.each<[string, JsonObject, RegExp]>([
    ["a field that does not exist", filter({ rootId: "x" }), /typed_config\.config\.rootId: .*no such field/],
    ["a value that the enum lacks", filter({ failure_policy: "FAIL_SOMEHOW" }), /failure_policy: .*FAIL_SOMEHOW/],
    ["a type that is not known", { name: "n", typed_config: { "@type": "type.googleapis.com/a.B" } }, /a\.B/],
    ["a config without a type", { name: "n", typed_config: {} }, /no @type/],
    [
      "a duration that is none",
      filter({ reload_config: { backoff: { base_interval: "1m" } } }),
      /base_interval: expected a duration/,
    ],
    ["text where an object belongs", filter({ vm_config: "x" }), /vm_config: expected an object/],
  ])("%s", (_, config, message) => {
    expect(() => encodeExtensionConfig(config)).toThrow(message);
  });
});
