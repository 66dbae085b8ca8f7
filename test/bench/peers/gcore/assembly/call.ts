export * from "@gcoredev/proxy-wasm-sdk-as/assembly/proxy";

import {
  BaseContext,
  Context,
  FilterHeadersStatusValues,
  HeaderPair,
  makeHeaderPair,
  RootContext,
  registerRootContext,
  stream_context,
} from "@gcoredev/proxy-wasm-sdk-as/assembly";

class Filter extends Context {
  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    const headers = [
      makeHeaderPair(":method", "GET"),
      makeHeaderPair(":path", "/check"),
      makeHeaderPair(":authority", "auth"),
    ];
    const trailers: HeaderPair[] = [];
    this.root_context.httpCall("auth", headers, new ArrayBuffer(0), trailers, 1000, this, (origin: BaseContext) => {
      stream_context.headers.request.replace("x-auth", stream_context.headers.http_callback.get(":status"));
      origin.continueRequest();
    });
    return FilterHeadersStatusValues.StopIteration;
  }
}

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Filter(id, this);
  }
}

registerRootContext((id: u32) => new Root(id), "bench");
