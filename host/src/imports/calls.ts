import { Status } from "../abi/index.ts";
import { toLowerCase, toText } from "../byte-string.ts";
import { HeaderMap } from "../header-map.ts";
import { decodePairs } from "../pairs.ts";
import type { Vm } from "../vm.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

export function httpCallFunctions(vm: Vm): HostFunctions {
  return {
    proxy_http_call: hostFunction(
      "iiiiiiiiii",
      (
        cluster: number,
        clusterLength: number,
        headers: number,
        headersLength: number,
        body: number,
        bodyLength: number,
        trailers: number,
        trailersLength: number,
        timeout: number,
        idAt: number,
      ) => {
        const name = vm.memory.string(cluster, clusterLength);
        const headerPairs = vm.memory.slice(headers, headersLength);
        const content = vm.memory.slice(body, bodyLength);
        const trailerPairs = vm.memory.slice(trailers, trailersLength);
        if (name === undefined || !headerPairs || !content || !trailerPairs) return Status.InvalidMemoryAccess;
        // Written before the call starts, so that a bad address starts none.
        if (!vm.memory.setU32(idAt, 0)) return Status.InvalidMemoryAccess;
        const { root } = vm.context;
        if (!root || timeout < 0) return Status.BadArgument;
        const trailerMap = mapOf("trailers", trailerPairs);
        const call = {
          cluster: toText(name),
          headers: mapOf("request", headerPairs),
          body: content,
          trailers: trailerMap.size > 0 ? trailerMap : undefined,
          timeout,
        };
        const id = root.startCall(call);
        if (id < 0) return -id as Status;
        vm.memory.setU32(idAt, id);
        return Status.Ok;
      },
    ),
  };
}

function mapOf(kind: "request" | "trailers", encoded: Uint8Array): HeaderMap {
  return new HeaderMap(
    kind,
    decodePairs(encoded).map(([name, value]) => [toLowerCase(name), value] as const),
  );
}

/** Envoy has all of these; here they say so that they are not there yet. */
export function missingFunctions(): HostFunctions {
  const unimplemented = (): Status => Status.Unimplemented;
  return {
    proxy_grpc_call: hostFunction("iiiiiiiiiiii", unimplemented),
    proxy_grpc_stream: hostFunction("iiiiiiiii", unimplemented),
    proxy_grpc_send: hostFunction("iiii", unimplemented),
    proxy_grpc_cancel: hostFunction("i", unimplemented),
    proxy_grpc_close: hostFunction("i", unimplemented),
  };
}

/** Of Envoy's foreign functions (source/extensions/common/wasm/foreign.cc), those that only answer that they are missing. */
const missingForeignFunctions: ReadonlySet<string> = new Set([
  "compress",
  "uncompress",
  "declare_property",
  "expr_create",
  "expr_delete",
  "expr_evaluate",
  "set_envoy_filter_state",
  "sign",
  "verify_signature",
]);

export function foreignFunctions(vm: Vm): HostFunctions {
  return {
    proxy_call_foreign_function: hostFunction(
      "iiiiii",
      (address: number, length: number, argument: number, argumentLength: number, resultAt: number, sizeAt: number) => {
        const name = vm.memory.string(address, length);
        if (name === undefined || !vm.memory.fits(argument, argumentLength)) return Status.InvalidMemoryAccess;
        if (missingForeignFunctions.has(name)) return Status.Unimplemented;
        if (name !== "clear_route_cache") return Status.NotFound;
        // There is one route only, so there is no choice to forget. It has no result.
        if (resultAt !== 0 && !vm.memory.setU32(resultAt, 0)) return Status.InvalidMemoryAccess;
        if (sizeAt !== 0 && !vm.memory.setU32(sizeAt, 0)) return Status.InvalidMemoryAccess;
        return Status.Ok;
      },
    ),
  };
}
