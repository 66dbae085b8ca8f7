import { bytesOf, toText } from "../byte-string.ts";
import { bytesField, readFields, textField } from "../protobuf.ts";

/** Whom a gRPC call goes to. */
export interface GrpcTarget {
  readonly cluster: string;
  /** What the server is called by (`:authority`); the cluster's name where it is not given. */
  readonly authority: string;
}

/** Fields of envoy.config.core.v3.GrpcService and of its EnvoyGrpc. */
const envoyGrpc = 1;
const clusterName = 1;
const authorityName = 2;

/**
 * Reads the first argument of `proxy_grpc_call`: a serialized `GrpcService`, or, where it is none, the name of a cluster that
 * exists (Envoy, source/extensions/common/wasm/context.cc, `grpcCall`). Some names happen to be valid protobuf, and so name
 * nobody; an SDK does well to send the message. Undefined where it is neither.
 */
export function grpcTarget(upstream: string, isCluster: (name: string) => boolean): GrpcTarget | undefined {
  const message = readFields(bytesOf(upstream));
  const inner = message && (bytesField(message, envoyGrpc) ?? new Uint8Array(0));
  const fields = inner && readFields(inner);
  const cluster = fields && textField(fields, clusterName);
  const authority = fields && textField(fields, authorityName);
  if (cluster !== undefined && authority !== undefined) return { cluster, authority: authority || cluster };
  const name = toText(upstream);
  return isCluster(name) ? { cluster: name, authority: name } : undefined;
}
