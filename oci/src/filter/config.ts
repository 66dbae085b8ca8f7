import { isObject } from "../descriptor.ts";

/** What an artifact says of its filter. Everything but `name` and `type` may be missing in artifacts of others; unknown fields stay. */
export interface FilterConfig {
  readonly name: string;
  readonly type: "http" | "network";
  readonly version?: string;
  readonly description?: string;
  /** The proxy-wasm ABI, `0.2.1`. */
  readonly abi?: string;
  readonly rootIDs?: readonly string[];
  /** JSON Schema of the parameters. */
  readonly schema?: object;
  /** Host functions that the module imports. */
  readonly imports?: readonly string[];
  /** Callbacks that the module exports. */
  readonly exports?: readonly string[];
  /** Services that the filter calls, to be bound at deployment. */
  readonly upstreams?: readonly string[];
  readonly defaults?: {
    readonly patchContext?: string;
    readonly failurePolicy?: string;
    readonly placement?: object;
  };
  readonly examples?: readonly { readonly name: string; readonly parameters: unknown }[];
  readonly sdk?: string;
  readonly compiler?: string;
  readonly revision?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly source?: string;
}

/**
 * Reads a config leniently: a field of the wrong form is left out, as if it was missing, for a filter must not fail for its description.
 *
 * @returns undefined when it is none of ours, as wasme's `{"type": "envoy_proxy"}`.
 */
export function parseFilterConfig(value: unknown): FilterConfig | undefined {
  if (!isObject(value) || typeof value.name !== "string") return undefined;
  if (value.type !== "http" && value.type !== "network") return undefined;
  const kept = Object.entries(value).filter(([field, content]) => forms[field]?.(content) ?? true);
  return Object.fromEntries(kept) as unknown as FilterConfig;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isExample = (value: unknown): boolean => isObject(value) && isText(value.name) && "parameters" in value;
const isDefaults = (value: unknown): boolean =>
  isObject(value) &&
  [value.patchContext, value.failurePolicy].every((field) => field === undefined || isText(field)) &&
  (value.placement === undefined || isObject(value.placement));

const forms: Readonly<Record<string, (value: unknown) => boolean>> = Object.assign(Object.create(null), {
  version: isText,
  description: isText,
  abi: isText,
  rootIDs: isTexts,
  schema: isObject,
  imports: isTexts,
  exports: isTexts,
  upstreams: isTexts,
  defaults: isDefaults,
  examples: (value: unknown) => Array.isArray(value) && value.every(isExample),
  sdk: isText,
  compiler: isText,
  revision: isText,
  keywords: isTexts,
  license: isText,
  source: isText,
});
