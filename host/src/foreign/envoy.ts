import { Status } from "../abi/index.ts";
import type { Context } from "../context.ts";
import { bytesField, numberField, readFields, textField } from "../protobuf.ts";
import { makesFilterState } from "./filter-state-objects.ts";

/** A function of the host: bytes to bytes. A status other than OK is given as its number, no result as nothing. */
export type ForeignFunction = (argument: Uint8Array) => Uint8Array | Status | undefined;

/**
 * Calls the function of that name: one that the host gives, else one of Envoy's
 * (source/extensions/common/wasm/foreign.cc).
 */
export function callForeignFunction(
  name: string,
  argument: Uint8Array,
  context: Context,
): Uint8Array | Status | undefined {
  const { foreignFunctions } = context.vm.host;
  const given = Object.hasOwn(foreignFunctions, name) ? foreignFunctions[name] : undefined;
  if (given) return given(argument);
  const own = ownFunctions.get(name);
  return own ? own(argument, context) : Status.NotFound;
}

type OwnFunction = (argument: Uint8Array, context: Context) => Status;

const ownFunctions: ReadonlyMap<string, OwnFunction> = new Map([
  // There is one route only, so there is no choice to forget.
  ["clear_route_cache", () => Status.Ok],
  ["set_envoy_filter_state", setEnvoyFilterState],
  ["declare_property", declareProperty],
]);

/** SetEnvoyFilterStateArguments: path 1, value 2, span 3. Of the spans nothing is seen with one filter. */
function setEnvoyFilterState(argument: Uint8Array, context: Context): Status {
  const fields = readFields(argument);
  const path = fields && textField(fields, 1);
  const value = fields && textField(fields, 2);
  if (path === undefined || value === undefined) return Status.BadArgument;
  const makes = makesFilterState(path);
  if (!makes) return Status.NotFound;
  if (!makes(value)) return Status.BadArgument;
  if (!context.filterState) return Status.NotFound;
  context.filterState.set(path, bytesField(fields!, 2) ?? new Uint8Array(0));
  return Status.Ok;
}

/** DeclarePropertyArguments: name 1, readonly 2, type 3, schema 4, span 5. Values are kept as bytes, whatever their type. */
function declareProperty(argument: Uint8Array, context: Context): Status {
  const fields = readFields(argument);
  const name = fields && textField(fields, 1);
  if (name === undefined) return Status.BadArgument;
  const declared = context.root?.declaredProperties;
  if (!declared || declared.has(name)) return Status.BadArgument;
  declared.set(name, { readOnly: numberField(fields!, 2) !== 0 });
  return Status.Ok;
}
