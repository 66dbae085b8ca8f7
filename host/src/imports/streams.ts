import { BufferType, lastStreamType, Status, StreamType } from "../abi/index.ts";
import { toText } from "../byte-string.ts";
import { decodePairs } from "../pairs.ts";
import type { Vm } from "../vm.ts";
import { giveBytes } from "./guest-values.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

/** The last of gRPC's status codes; SDKs pass −1 for none. */
const lastGrpcStatus = 16;

export function localResponseFunctions(vm: Vm): HostFunctions {
  return {
    proxy_send_local_response: hostFunction(
      "iiiiiiii",
      (
        status: number,
        details: number,
        detailsLength: number,
        body: number,
        bodyLength: number,
        headers: number,
        headersLength: number,
        grpcStatus: number,
      ) => {
        const text = vm.memory.string(details, detailsLength);
        const content = vm.memory.slice(body, bodyLength);
        const pairs = vm.memory.slice(headers, headersLength);
        if (text === undefined || !content || !pairs) return Status.InvalidMemoryAccess;
        const isCode = grpcStatus >= 0 && grpcStatus <= lastGrpcStatus;
        vm.context.sendLocalResponse({
          status: status >>> 0,
          // Details appear in access logs, where blanks separate fields (context.cc, `replaceAllEmptySpace`).
          details: toText(text).replace(/\s/g, "_"),
          body: content,
          headers: decodePairs(pairs),
          grpcStatus: isCode ? grpcStatus : undefined,
        });
        vm.stopsIteration = true;
        return Status.Ok;
      },
    ),
  };
}

export function streamFunctions(vm: Vm): HostFunctions {
  return {
    proxy_continue_stream: hostFunction("i", (type: number) =>
      type >>> 0 > lastStreamType ? Status.BadArgument : vm.context.continueStream(type as 0 | 1 | 2 | 3),
    ),
    proxy_close_stream: hostFunction("i", (type: number) =>
      type >>> 0 > lastStreamType ? Status.BadArgument : vm.context.closeStream(type as 0 | 1 | 2 | 3),
    ),
  };
}

/** What only ABI 0.1.0 has; a later module that imports them does not load. */
export function firstAbiFunctions(vm: Vm): HostFunctions {
  return {
    proxy_continue_request: hostFunction("", () => vm.context.continueStream(StreamType.Request)),
    proxy_continue_response: hostFunction("", () => vm.context.continueStream(StreamType.Response)),
    proxy_clear_route_cache: hostFunction("", () => Status.Ok),
    proxy_get_configuration: hostFunction("ii", (addressAt: number, lengthAt: number) => {
      const configuration = vm.context.buffer(BufferType.PluginConfiguration)?.bytes ?? vm.configuration;
      return giveBytes(vm, configuration, addressAt, lengthAt) ? Status.Ok : Status.InvalidMemoryAccess;
    }),
  };
}
