import protobuf from "protobufjs";

/**
 * The part of Envoy's API that the controller speaks, with Envoy's field numbers (envoy/api at v1.37, go-control-plane);
 * a test holds it against the real files. What is left out is skipped when read. Google's own types are in the root already.
 */
const source = `
syntax = "proto3";

package envoy.service.discovery.v3;
message DiscoveryRequest {
  string version_info = 1;
  envoy.config.core.v3.Node node = 2;
  repeated string resource_names = 3;
  string type_url = 4;
  string response_nonce = 5;
  google.rpc.Status error_detail = 6;
}
message DiscoveryResponse {
  string version_info = 1;
  repeated google.protobuf.Any resources = 2;
  string type_url = 4;
  string nonce = 5;
}
`;

const core = `
syntax = "proto3";
package envoy.config.core.v3;
message Node {
  string id = 1;
  string cluster = 2;
}
message TypedExtensionConfig {
  string name = 1;
  google.protobuf.Any typed_config = 2;
}
message DataSource {
  oneof specifier {
    string filename = 1;
    bytes inline_bytes = 2;
    string inline_string = 3;
  }
}
message AsyncDataSource {
  oneof specifier { DataSource local = 1; }
}
message BackoffStrategy {
  google.protobuf.Duration base_interval = 1;
  google.protobuf.Duration max_interval = 2;
}
`;

const wasm = `
syntax = "proto3";
package envoy.extensions.wasm.v3;
enum FailurePolicy {
  UNSPECIFIED = 0;
  FAIL_RELOAD = 1;
  FAIL_CLOSED = 2;
  FAIL_OPEN = 3;
}
message ReloadConfig { envoy.config.core.v3.BackoffStrategy backoff = 1; }
message SanitizationConfig {}
message CapabilityRestrictionConfig { map<string, SanitizationConfig> allowed_capabilities = 1; }
message EnvironmentVariables {
  repeated string host_env_keys = 1;
  map<string, string> key_values = 2;
}
message VmConfig {
  string vm_id = 1;
  string runtime = 2;
  envoy.config.core.v3.AsyncDataSource code = 3;
  google.protobuf.Any configuration = 4;
  bool allow_precompiled = 5;
  bool nack_on_code_cache_miss = 6;
  EnvironmentVariables environment_variables = 7;
}
message PluginConfig {
  string name = 1;
  string root_id = 2;
  oneof vm { VmConfig vm_config = 3; }
  google.protobuf.Any configuration = 4;
  CapabilityRestrictionConfig capability_restriction_config = 6;
  FailurePolicy failure_policy = 7;
  ReloadConfig reload_config = 8;
  google.protobuf.BoolValue allow_on_headers_stop_iteration = 9;
}
`;

// An RBAC without rules lets everything pass; no other is ever answered, so its rules are not described.
const filters = [
  `syntax = "proto3"; package envoy.extensions.filters.http.wasm.v3; message Wasm { envoy.extensions.wasm.v3.PluginConfig config = 1; }`,
  `syntax = "proto3"; package envoy.extensions.filters.network.wasm.v3; message Wasm { envoy.extensions.wasm.v3.PluginConfig config = 1; }`,
  `syntax = "proto3"; package envoy.extensions.filters.http.rbac.v3; message RBAC {}`,
  `syntax = "proto3"; package envoy.extensions.filters.network.rbac.v3; message RBAC { string stat_prefix = 3; }`,
];

const status = `
syntax = "proto3";
package google.rpc;
message Status {
  int32 code = 1;
  string message = 2;
}
`;

/** The types by name; field names are Envoy's own (`vm_config`, not `vmConfig`). */
export const root = new protobuf.Root();
for (const file of ["any", "duration", "struct", "wrappers"]) {
  root.addJSON(protobuf.common.get(`google/protobuf/${file}.proto`)?.nested ?? {});
}
for (const file of [status, core, wasm, ...filters, source]) protobuf.parse(file, root, { keepCase: true });
root.resolveAll();

export const typePrefix = "type.googleapis.com/";

/** What a proxy asks for, and what each resource in the answer is. */
export const extensionConfigType = `${typePrefix}envoy.config.core.v3.TypedExtensionConfig`;

/** A `DiscoveryRequest`, as far as it is read. */
export interface DiscoveryRequest {
  readonly version_info: string;
  readonly node: { readonly id: string; readonly cluster: string } | null;
  readonly resource_names: readonly string[];
  readonly type_url: string;
  readonly response_nonce: string;
  readonly error_detail: { readonly code: number; readonly message: string } | null;
}

const requestType = root.lookupType("envoy.service.discovery.v3.DiscoveryRequest");
const responseType = root.lookupType("envoy.service.discovery.v3.DiscoveryResponse");

export function decodeRequest(bytes: Uint8Array): DiscoveryRequest {
  return requestType.decode(bytes) as unknown as DiscoveryRequest;
}

/** The answer that carries one `TypedExtensionConfig`, as it goes onto the wire. */
export function encodeResponse(version: string, nonce: string, config: Uint8Array): Buffer {
  const message = responseType.create({
    version_info: version,
    resources: [{ type_url: extensionConfigType, value: config }],
    type_url: extensionConfigType,
    nonce,
  });
  return toBuffer(responseType.encode(message).finish());
}

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
