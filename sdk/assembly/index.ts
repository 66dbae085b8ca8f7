/**
 * Filters for proxies that speak proxy-wasm, in AssemblyScript.
 *
 *     import { Action, config, filter, Headers, HttpFilter } from "@asmfilter/sdk";
 *
 *     @config
 *     class Config {
 *       header: string = "x-hello";
 *     }
 *
 *     @filter("hello")
 *     class Hello extends HttpFilter<Config> {
 *       onResponseHeaders(headers: Headers, endOfStream: bool): Action {
 *         headers.set(this.config.header, "world");
 *         return Action.Continue;
 *       }
 *     }
 *
 * By layer: `abi/` has each host function and its safe wrapper, `memory/` what crosses the border and who frees it,
 * `runtime/` the contexts and the callbacks, `config/` reads JSON; the rest is what a filter sees.
 * @module
 */
import "./runtime/callbacks";

export { sendLocalResponse } from "./abi/streams";
export { GrpcCallHandler, grpcCall, GrpcReply, GrpcRequest, GrpcStatus } from "./calls/grpc";
export { GrpcResponseHandler } from "./calls/grpc-response";
export { GrpcStream, GrpcStreamHandler, openStream } from "./calls/grpc-stream";
export { HttpCallHandler, HttpReply, HttpRequest, httpCall } from "./calls/http";
export { Action, LogLevel, Peer, Status } from "./abi/types";
export { Duration, HOUR, MINUTE, SECOND } from "./config/duration";
export { Routes } from "./config/routes";
export {
  additionalProperties, config, filter, maximum, maxItems, maxLength, maxProperties, minimum, minItems, minLength,
  minProperties, oneOf, pattern, root, secret,
} from "./decorators";
export { callForeignFunction, ForeignResult } from "./foreign/call";
export { envoy, LifeSpan, PropertyType } from "./foreign/envoy";
export { Expression } from "./foreign/expression";
export { Body } from "./http/body";
export { BodyFilter } from "./http/body-filter";
export { BodyUse } from "./http/body-use";
export { HttpFilter, respond } from "./http/filter";
export { Headers } from "./http/headers";
export { log } from "./log";
export { Counter, Gauge, Histogram } from "./metrics/metric";
export { Tagged, tagged } from "./metrics/tags";
export { Data } from "./network/data";
export { NetworkFilter } from "./network/filter";
export { attributes } from "./properties/attributes";
export { properties } from "./properties/properties";
export { Context } from "./runtime/contexts";
export { NoConfig, RootContext } from "./runtime/root";
export { sharedData, SharedValue } from "./shared/data";
export { SharedQueue } from "./shared/queue";
export { upstream } from "./upstreams";
export { vmConfiguration } from "./vm-configuration";
