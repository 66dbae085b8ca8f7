export * from "@solo-io/proxy-runtime/proxy";

import {
  Context,
  FilterHeadersStatusValues,
  RootContext,
  registerRootContext,
  stream_context,
} from "@solo-io/proxy-runtime";

class Filter extends Context {
  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    const name = stream_context.headers.request.get("x-name");
    if (name != "") stream_context.headers.request.replace("x-seen", name);
    return FilterHeadersStatusValues.Continue;
  }

  onResponseHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    stream_context.headers.response.replace("x-hello", "world");
    return FilterHeadersStatusValues.Continue;
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
