import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { decodeRequest, encodeResponse, extensionConfigType, root } from "./proto.ts";

const { resolve } = createRequire(import.meta.url);
const deps = join(dirname(resolve("@grpc/grpc-js-xds/package.json")), "deps");
const folders = ["envoy-api", "xds", "googleapis", "protoc-gen-validate"].map((dep) => join(deps, dep));
const real = new protobuf.Root();
real.resolvePath = (_origin, target) =>
  [...folders, dirname(resolve("protobufjs/package.json"))].map((folder) => join(folder, target)).find(existsSync) ??
  target;
real.loadSync(
  [
    "envoy/service/discovery/v3/discovery.proto",
    "envoy/config/core/v3/extension.proto",
    "envoy/config/core/v3/backoff.proto",
    "envoy/extensions/filters/http/wasm/v3/wasm.proto",
    "envoy/extensions/filters/network/wasm/v3/wasm.proto",
    "envoy/extensions/filters/http/rbac/v3/rbac.proto",
    "envoy/extensions/filters/network/rbac/v3/rbac.proto",
  ],
  { keepCase: true },
);
real.resolveAll();

/** Newer than the copy of Envoy's API in grpc-js-xds 1.14; their numbers are from go-control-plane v1.37 (extensions/wasm/v3/wasm.pb.go). */
const newer = new Set([
  "envoy.extensions.wasm.v3.FailurePolicy",
  "envoy.extensions.wasm.v3.ReloadConfig",
  "envoy.extensions.wasm.v3.PluginConfig.failure_policy = 7",
  "envoy.extensions.wasm.v3.PluginConfig.reload_config = 8",
  "envoy.extensions.wasm.v3.PluginConfig.allow_on_headers_stop_iteration = 9",
]);

function messages(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Type) return [nested, ...messages(nested)];
    return nested instanceof protobuf.Namespace ? messages(nested) : [];
  });
}

const typeOf = (field: protobuf.Field): string =>
  `${field.map ? "map " : ""}${field.repeated ? "repeated " : ""}${field.resolvedType?.fullName ?? field.type}`;

describe("every field has the name, number and type that Envoy gives it", () => {
  const ours = messages(root).filter(
    ({ fullName }) => !fullName.startsWith(".google.protobuf") && !newer.has(fullName.slice(1)),
  );

  test.each(ours.map((type) => [type.fullName.slice(1), type] as const))("%s", (name, type) => {
    const theirs = real.lookupType(name);
    for (const field of type.fieldsArray) {
      if (newer.has(`${name}.${field.name} = ${field.id}`)) continue;
      const counterpart = theirs.fields[field.name];
      expect({ name: field.name, id: counterpart?.id, type: counterpart && typeOf(counterpart.resolve()) }).toEqual({
        name: field.name,
        id: field.id,
        type: typeOf(field),
      });
    }
  });

  test("and as many messages are compared as there are", () => {
    expect(ours.length).toBeGreaterThan(15);
  });
});

test("a request as a proxy sends it is read, whatever else it holds", () => {
  const type = real.lookupType("envoy.service.discovery.v3.DiscoveryRequest");
  const bytes = type
    .encode(
      type.fromObject({
        version_info: "v1",
        node: {
          id: "sidecar~10.0.0.1~a.b~b.svc",
          cluster: "a.b",
          metadata: { fields: { NAME: { stringValue: "a" } } },
        },
        resource_names: ["asmfilter.io/b/a"],
        type_url: extensionConfigType,
        response_nonce: "n",
        error_detail: { code: 13, message: "no" },
      }),
    )
    .finish();
  expect(decodeRequest(bytes)).toMatchObject({
    version_info: "v1",
    node: { id: "sidecar~10.0.0.1~a.b~b.svc", cluster: "a.b" },
    resource_names: ["asmfilter.io/b/a"],
    response_nonce: "n",
    error_detail: { code: 13, message: "no" },
  });
});

test("an answer is read by Envoy's own definition", () => {
  const type = real.lookupType("envoy.service.discovery.v3.DiscoveryResponse");
  const answer = type.toObject(type.decode(encodeResponse("v2", "n2", Buffer.from("config"))), { bytes: String });
  expect(answer).toEqual({
    version_info: "v2",
    nonce: "n2",
    type_url: extensionConfigType,
    resources: [{ type_url: extensionConfigType, value: Buffer.from("config").toString("base64") }],
  });
});
