export * from "@gcoredev/proxy-wasm-sdk-as/assembly/proxy";

import {
  Context,
  FilterHeadersStatusValues,
  RootContext,
  registerRootContext,
  stream_context,
} from "@gcoredev/proxy-wasm-sdk-as/assembly";

let finished = 0;

class Filter extends Context {
  name: string = "";
  logged: bool = false;

  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    this.name = stream_context.headers.request.get("x-name");
    return FilterHeadersStatusValues.Continue;
  }

  onResponseHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    stream_context.headers.response.replace("x-hello", this.name);
    return FilterHeadersStatusValues.Continue;
  }

  onLog(): void {
    this.logged = true;
  }

  onDone(): bool {
    finished++;
    return true;
  }
}

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Filter(id, this);
  }
}

registerRootContext((id: u32) => new Root(id), "bench");
