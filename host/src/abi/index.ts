/**
 * The numbers of the proxy-wasm ABI: statuses, maps, buffers, streams and what callbacks return.
 * @module
 */
export { Status } from "./status.ts";
export {
  BufferType,
  DataStatus,
  HeadersStatus,
  type LogLevel,
  lastBufferType,
  lastMapType,
  lastStreamType,
  logLevels,
  MapType,
  StreamType,
  TrailersStatus,
} from "./types.ts";
