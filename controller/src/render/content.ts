import type { ASMFilterDeployment, FailurePolicy, FilterType } from "../api/index.ts";
import type { Artifact } from "./artifact.ts";
import { canonicalJSON } from "./canonical.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { effective } from "./effective.ts";
import { pluginName, slotName, vmID } from "./names.ts";
import { typeURL } from "./types.ts";
import { vmConfiguration } from "./upstreams.ts";

/** What stands in a slot, but for the module's bytes. */
export interface SlotContent {
  /** JSON form of `envoy.config.core.v3.TypedExtensionConfig`: a Wasm filter whose `vm_config.code` is left out, or an allow-all RBAC. */
  readonly config: TypedExtensionConfig;
  /** The module that belongs at `typed_config.config.vm_config.code`; absent where no code runs. */
  readonly module?: { readonly digest: string; readonly wasmSha256: string; readonly size: number };
}

/** JSON form of `envoy.config.core.v3.TypedExtensionConfig`. */
export interface TypedExtensionConfig {
  readonly name: string;
  readonly typed_config: WasmFilter | { readonly "@type": string; readonly stat_prefix?: string };
}

/** JSON form of `envoy.extensions.filters.{http,network}.wasm.v3.Wasm`. */
export interface WasmFilter {
  readonly "@type": string;
  readonly config: PluginConfig;
}

/** JSON form of `envoy.extensions.wasm.v3.PluginConfig`. */
export interface PluginConfig {
  readonly name: string;
  readonly root_id: string;
  readonly vm_config: VmConfig;
  readonly configuration?: StringValue;
  readonly failure_policy: "FAIL_OPEN" | "FAIL_RELOAD";
  readonly reload_config?: { readonly backoff: { readonly base_interval: string } };
  readonly capability_restriction_config?: { readonly allowed_capabilities: Readonly<Record<string, object>> };
}

/** JSON form of a `google.protobuf.Any` that holds a text: Envoy hands it to the filter as it is. */
interface StringValue {
  readonly "@type": "type.googleapis.com/google.protobuf.StringValue";
  readonly value: string;
}

/** JSON form of `envoy.extensions.wasm.v3.VmConfig`. */
export interface VmConfig {
  readonly vm_id: string;
  readonly runtime: "envoy.wasm.runtime.v8";
  readonly code?: object;
  readonly configuration?: StringValue;
  readonly environment_variables?: { readonly key_values: Readonly<Record<string, string>> };
}

export interface ContentOptions {
  /** Any text; another text than before starts the filter afresh, in a new VM. */
  readonly restart?: string;
  /** The domain of the cluster's Services. Default `cluster.local`. */
  readonly clusterDomain?: string | undefined;
}

/**
 * What the proxies run in the resource's slot.
 *
 * @example
 *     const { config, module } = slotContent(deployment, artifact);
 *     config.name;      // "asmfilter.io/default/hello"
 *     module?.digest;   // what to put into typed_config.config.vm_config.code.local.inline_bytes
 */
export function slotContent(
  deployment: ASMFilterDeployment,
  artifact: Artifact,
  options: ContentOptions = {},
): SlotContent {
  const name = slotName(deployment);
  const { type } = effective(deployment, artifact);
  if (!deployment.spec.enabled) return { config: { name, typed_config: allowAll(type) } };
  const { digest, wasmSha256, size } = artifact;
  return {
    config: { name, typed_config: wasmFilter(deployment, artifact, options) },
    module: { digest, wasmSha256, size },
  };
}

/** An RBAC filter without rules lets everything pass; `rules: {}` would refuse everything. */
export function allowAll(type: FilterType): { "@type": string; stat_prefix?: string } {
  return type === "HTTP"
    ? { "@type": typeURL("HTTP", "RBAC") }
    : { "@type": typeURL("NETWORK", "RBAC"), stat_prefix: "asmfilter." };
}

function wasmFilter(
  deployment: ASMFilterDeployment,
  artifact: Artifact,
  { restart, clusterDomain }: ContentOptions,
): WasmFilter {
  const { type, rootID, failurePolicy } = effective(deployment, artifact);
  const { env, parameters } = deployment.spec.filter;
  const capabilities = capabilitiesOf(deployment, artifact);
  const clusters = vmConfiguration(deployment, clusterDomain);
  return {
    "@type": typeURL(type, "Wasm"),
    config: {
      name: pluginName(deployment, artifact),
      root_id: rootID,
      vm_config: {
        vm_id: vmID(deployment, capabilities, restart),
        runtime: "envoy.wasm.runtime.v8",
        ...(clusters !== undefined && { configuration: stringValue(clusters) }),
        ...(env !== undefined && Object.keys(env).length > 0 && { environment_variables: { key_values: env } }),
      },
      ...(parameters !== undefined && {
        configuration: stringValue(typeof parameters === "string" ? parameters : canonicalJSON(parameters)),
      }),
      ...failure(failurePolicy),
      // An empty map would allow everything.
      ...(capabilities !== "All" &&
        capabilities.length > 0 && { capability_restriction_config: restriction(capabilities) }),
    },
  };
}

function stringValue(value: string): StringValue {
  return { "@type": "type.googleapis.com/google.protobuf.StringValue", value };
}

/** FAIL_CLOSED would answer 503 for ever after one trap; FAIL_RELOAD is closed too, and back within a second. */
function failure(policy: FailurePolicy): Pick<PluginConfig, "failure_policy" | "reload_config"> {
  if (policy === "FailOpen") return { failure_policy: "FAIL_OPEN" };
  return { failure_policy: "FAIL_RELOAD", reload_config: { backoff: { base_interval: "1s" } } };
}

function restriction(capabilities: readonly string[]) {
  return { allowed_capabilities: Object.fromEntries(capabilities.map((name) => [name, {}])) };
}
