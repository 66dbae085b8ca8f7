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
        const id = root.calls.start(call);
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
