import { Status } from "../abi/index.ts";
import { bytesField, numberField, readFields, textField } from "../protobuf.ts";
import type { Vm } from "../vm.ts";
import { makesFilterState } from "./filter-state-objects.ts";

/** A function of the host: bytes to bytes. A status other than OK is given as its number, no result as nothing. */
export type ForeignFunction = (argument: Uint8Array) => Uint8Array | Status | undefined;

/**
 * Calls the function of that name: one that the host gives, else one of Envoy's
 * (source/extensions/common/wasm/foreign.cc).
 */
export function callForeignFunction(name: string, argument: Uint8Array, vm: Vm): Uint8Array | Status | undefined {
  const { foreignFunctions } = vm.host;
  const given = Object.hasOwn(foreignFunctions, name) ? foreignFunctions[name] : undefined;
  if (given) return given(argument);
  const own = ownFunctions.get(name);
  return own ? own(argument, vm) : Status.NotFound;
}

type OwnFunction = (argument: Uint8Array, vm: Vm) => Status;

const ownFunctions: ReadonlyMap<string, OwnFunction> = new Map([
  // There is one route only, so there is no choice to forget.
  ["clear_route_cache", () => Status.Ok],
  ["set_envoy_filter_state", setEnvoyFilterState],
  ["declare_property", declareProperty],
  // Envoy has an evaluator of CEL for these.
  ["expr_create", () => Status.Unimplemented],
  ["expr_evaluate", () => Status.Unimplemented],
  ["expr_delete", () => Status.Unimplemented],
]);

/** SetEnvoyFilterStateArguments: path 1, value 2, span 3. Of the spans nothing is seen with one filter. */
function setEnvoyFilterState(argument: Uint8Array, vm: Vm): Status {
  const fields = readFields(argument);
  const path = fields && textField(fields, 1);
  const value = fields && textField(fields, 2);
  if (path === undefined || value === undefined) return Status.BadArgument;
  const makes = makesFilterState(path);
  if (!makes) return Status.NotFound;
  if (!makes(value)) return Status.BadArgument;
  const { filterState } = vm.context;
  if (!filterState) return Status.NotFound;
  filterState.set(path, bytesField(fields!, 2) ?? new Uint8Array(0));
  return Status.Ok;
}

/** DeclarePropertyArguments: name 1, readonly 2, type 3, schema 4, span 5. Values are kept as bytes, whatever their type. */
function declareProperty(argument: Uint8Array, vm: Vm): Status {
  const fields = readFields(argument);
  const name = fields && textField(fields, 1);
  if (name === undefined) return Status.BadArgument;
  // Of the context that is called, whichever is effective.
  return vm.calledContext.declareProperty(name, { readOnly: numberField(fields!, 2) !== 0 });
}
