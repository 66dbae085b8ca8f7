/**
 * What a root has asked of others and waits for: {@link HttpCalls} and {@link GrpcCalls}. The {@link Clusters} that answer
 * are given by the host.
 * @module
 */
export type {
  Clusters,
  GrpcCall,
  GrpcConnection,
  GrpcReceiver,
  HttpCall,
  HttpCallResponse,
} from "./clusters.ts";
export { GrpcCalls } from "./grpc-calls.ts";
export { type GrpcTarget, grpcTarget } from "./grpc-target.ts";
export { HttpCalls } from "./http-calls.ts";
