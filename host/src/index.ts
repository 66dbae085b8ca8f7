/**
 * Runs proxy-wasm filters as Envoy does, in Node and in browsers.
 *
 *     const module = await compileModule(bytes);
 *     const plugin = await Plugin.start(host, module, vmOptions, configuration);
 *     const stream = plugin.open({ downstream, upstream, properties: {}, startTime: Date.now() });
 *     stream.requestHeaders(new HeaderMap("request", [[":path", "/"]]), true);
 *
 * A {@link FilterModule} is compiled code, a {@link Vm} an instance of it, a {@link Plugin} a VM with a configuration, an
 * {@link HttpStream} one request on its way through. A {@link Host} is the proxy around them: clock, log, clusters.
 * To test a filter, use `@asmfilter/host/testing`, which brings all of these.
 * @module
 */
export { type LogLevel, logLevels, Status } from "./abi/index.ts";
export { Body } from "./body.ts";
export { byteStringOf, bytesOf, toByteString, toText } from "./byte-string.ts";
export type {
  Clusters,
  GrpcCall,
  GrpcConnection,
  GrpcReceiver,
  HttpCall,
  HttpCallResponse,
} from "./calls/index.ts";
export type { Clock } from "./clock.ts";
export { AsmFilterError, type ErrorCode } from "./errors.ts";
export { FilterState } from "./filter-state.ts";
export type { ForeignFunction } from "./foreign/index.ts";
export { HeaderMap } from "./header-map.ts";
export type { Host } from "./host.ts";
export { type Downstream, type Half, HttpStream, type HttpStreamOptions, type Upstream } from "./http/index.ts";
export type { MapKind } from "./inline-headers.ts";
export { isLogged, type LogRecord } from "./log.ts";
export { compileModule, type FilterModule } from "./module.ts";
export { decodePairs, encodePairs, type Pair } from "./pairs.ts";
export { Plugin } from "./plugin.ts";
export type { FailurePolicy, PluginConfiguration } from "./plugin-configuration.ts";
export { encodeProperty, findProperty, type Properties, type PropertyValue } from "./properties.ts";
export { RootContext } from "./root-context.ts";
export { type Metric, Metrics, MetricType, SharedData, SharedQueues, type SharedValue } from "./shared/index.ts";
export { type TcpClient, TcpConnection, type TcpConnectionOptions, type TcpUpstream } from "./tcp/index.ts";
export { Vm, type VmOptions } from "./vm.ts";
