/** What a host call answers. Values are those of the ABI (proxy-wasm-cpp-host, `WasmResult`). */
export enum Status {
  Ok = 0,
  /** No such header, property, key, upstream or queue. */
  NotFound = 1,
  /** Also: the map or buffer is not available in the callback that asks for it. */
  BadArgument = 2,
  SerializationFailure = 3,
  ParseFailure = 4,
  BadExpression = 5,
  InvalidMemoryAccess = 6,
  Empty = 7,
  CasMismatch = 8,
  ResultMismatch = 9,
  InternalFailure = 10,
  BrokenConnection = 11,
  Unimplemented = 12,
}

/** What the proxy does with the stream after a callback. */
export enum Action {
  /** Go on to the next filter. */
  Continue = 0,
  /**
   * Hold the stream until it is resumed or answered.
   * In Envoy a pause in a headers callback holds the body callbacks as well.
   */
  Pause = 1,
}

/** Levels of the proxy's log, least severe first. */
export enum LogLevel {
  Trace = 0,
  Debug = 1,
  Info = 2,
  Warn = 3,
  Error = 4,
  Critical = 5,
}

/** Header maps of the ABI. */
export enum MapType {
  RequestHeaders = 0,
  RequestTrailers = 1,
  ResponseHeaders = 2,
  ResponseTrailers = 3,
  GrpcInitialMetadata = 4,
  GrpcTrailingMetadata = 5,
  HttpCallResponseHeaders = 6,
  HttpCallResponseTrailers = 7,
}

/** Buffers of the ABI. */
export enum BufferType {
  RequestBody = 0,
  ResponseBody = 1,
  DownstreamData = 2,
  UpstreamData = 3,
  HttpCallResponseBody = 4,
  GrpcReceive = 5,
  VmConfiguration = 6,
  PluginConfiguration = 7,
  CallData = 8,
}

/** Directions of a stream that can be resumed or closed. */
export enum StreamType {
  Request = 0,
  Response = 1,
  Downstream = 2,
  Upstream = 3,
}

/** Who closed a connection. */
export enum Peer {
  Unknown = 0,
  /** The proxy. */
  Local = 1,
  /** The other end. */
  Remote = 2,
}

/** Kinds of metrics. */
export enum MetricType {
  Counter = 0,
  Gauge = 1,
  Histogram = 2,
}
