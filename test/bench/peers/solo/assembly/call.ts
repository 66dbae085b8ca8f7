export * from "@solo-io/proxy-runtime/proxy";

import {
  Context,
  FilterHeadersStatusValues,
  HeaderPair,
  RootContext,
  registerRootContext,
  stream_context,
} from "@solo-io/proxy-runtime";

function pair(name: string, value: string): HeaderPair {
  return new HeaderPair(String.UTF8.encode(name), String.UTF8.encode(value));
}

class Filter extends Context {
  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    const headers = [pair(":method", "GET"), pair(":path", "/check"), pair(":authority", "auth")];
    this.root_context.httpCall("auth", headers, new ArrayBuffer(0), [], 1000, this, (origin: Context) => {
      stream_context.headers.request.replace("x-auth", stream_context.headers.http_callback.get(":status"));
      origin.continueRequest();
    });
    return FilterHeadersStatusValues.StopIteration;
  }
}

class Root extends RootContext {
  // The SDK's own takes the length of the configuration for an address, and traps where there is none.
  onConfigure(length: u32): bool {
    return true;
  }

  createContext(id: u32): Context {
    return new Filter(id, this);
  }
}

registerRootContext((id: u32) => new Root(id), "bench");
