import { Status } from "../abi/index.ts";
import { toLowerCase } from "../byte-string.ts";
import { type GrpcCall, grpcTarget } from "../calls/index.ts";
import { HeaderMap } from "../header-map.ts";
import { decodePairs } from "../pairs.ts";
import type { Vm } from "../vm.ts";
import { type HostFunctions, hostFunction } from "./host-function.ts";

/** Address and length by turns: upstream, service, method, metadata. */
type Arguments = readonly [number, number, number, number, number, number, number, number];

export function grpcFunctions(vm: Vm): HostFunctions {
  const started = (id: number, idAt: number): Status => {
    if (id < 0) return -id as Status;
    return vm.memory.setU32(idAt, id) ? Status.Ok : Status.InvalidMemoryAccess;
  };
  return {
    proxy_grpc_call: hostFunction("iiiiiiiiiiii", (...all: number[]) => {
      const [message, messageLength, timeout, idAt] = all.slice(8) as [number, number, number, number];
      const bytes = vm.memory.slice(message, messageLength);
      if (!bytes) return Status.InvalidMemoryAccess;
      const call = readCall(vm, all as unknown as Arguments, timeout >>> 0);
      return typeof call === "number" ? call : started(vm.context.root!.grpc.call(call, bytes), idAt);
    }),
    proxy_grpc_stream: hostFunction("iiiiiiiii", (...all: number[]) => {
      const call = readCall(vm, all as unknown as Arguments, undefined);
      return typeof call === "number" ? call : started(vm.context.root!.grpc.stream(call), all[8]!);
    }),
    proxy_grpc_send: hostFunction("iiii", (id: number, address: number, length: number, end: number) => {
      const message = vm.memory.slice(address, length);
      if (!message) return Status.InvalidMemoryAccess;
      return vm.context.root?.grpc.send(id >>> 0, message, end !== 0) ?? Status.BadArgument;
    }),
    proxy_grpc_cancel: hostFunction("i", (id: number) => vm.context.root?.grpc.cancel(id >>> 0) ?? Status.BadArgument),
    proxy_grpc_close: hostFunction("i", (id: number) => vm.context.root?.grpc.close(id >>> 0) ?? Status.BadArgument),
  };
}

function readCall(vm: Vm, all: Arguments, timeout: number | undefined): GrpcCall | Status {
  const [upstream, service, method] = [0, 2, 4].map((at) => vm.memory.string(all[at]!, all[at + 1]!));
  const metadata = vm.memory.slice(all[6], all[7]);
  if (upstream === undefined || service === undefined || method === undefined || !metadata) {
    return Status.InvalidMemoryAccess;
  }
  if (!vm.context.root) return Status.BadArgument;
  const target = grpcTarget(upstream, (name) => vm.host.clusters.has(name));
  if (!target) return Status.ParseFailure;
  return {
    cluster: target.cluster,
    service,
    method,
    headers: requestHeaders(target.authority, `/${service}/${method}`, timeout, metadata),
    timeout: timeout ?? 0,
  };
}

/** Envoy, source/common/grpc/common.cc, `prepareHeaders`. */
function requestHeaders(authority: string, path: string, timeout: number | undefined, metadata: Uint8Array): HeaderMap {
  const headers = new HeaderMap("request", [
    [":method", "POST"],
    [":path", path],
    [":authority", authority],
  ]);
  if (timeout !== undefined) headers.add("grpc-timeout", `${timeout}m`);
  headers.add("te", "trailers");
  headers.add("content-type", "application/grpc");
  for (const [name, value] of decodePairs(metadata)) headers.add(toLowerCase(name), value);
  return headers;
}
