/**
 * Tests a proxy-wasm filter in the host, without a proxy: same callbacks, same order, same surprises as in Envoy.
 *
 *     const filter = await load("build/hello.wasm", { config: { header: "x-hello" } });
 *     const reply = await filter.request({ path: "/", upstream: { status: 404 } });
 *     expect(reply.headers.get("x-hello")).toBe("world");
 *
 * {@link TestedFilter.request} takes a request through the filter to a scripted upstream and back;
 * {@link TestedFilter.stream} goes callback by callback; time is virtual ({@link TestedFilter.advance}).
 * @module
 */
export { AsmFilterError, type ErrorCode } from "../errors.ts";
export type { ForeignFunction } from "../foreign/index.ts";
export type { LogRecord } from "../log.ts";
export type { FailurePolicy } from "../plugin-configuration.ts";
export type { Properties, PropertyValue } from "../properties.ts";
export type { ConnectionEnd, ConnectOptions, TestedConnection } from "./connection.ts";
export type { UpstreamRequest } from "./exchange.ts";
export { TestedFilter } from "./filter.ts";
export {
  type GrpcMethod,
  type GrpcReply,
  type GrpcRequest,
  type GrpcServerStream,
  GrpcService,
  type GrpcStreamScript,
  grpc,
} from "./grpc-services.ts";
export { type LoadOptions, load } from "./load.ts";
export { type BodyInit, type HeadersInit, ReceivedHeaders } from "./message.ts";
export { createProxy, type FilterOptions, type TestProxy } from "./proxy.ts";
export type { Reply } from "./reply.ts";
export type { RequestInit } from "./request.ts";
export type { Cluster, ClusterResponse, Service, ServiceResponse } from "./services.ts";
export type { ControlledStream, Outcome } from "./stream.ts";
export type { SharedOptions } from "./test-host.ts";
