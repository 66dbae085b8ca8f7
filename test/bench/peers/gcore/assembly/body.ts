export * from "@gcoredev/proxy-wasm-sdk-as/assembly/proxy";

import {
  BufferTypeValues,
  Context,
  FilterDataStatusValues,
  get_buffer_bytes,
  RootContext,
  registerRootContext,
  set_buffer_bytes,
} from "@gcoredev/proxy-wasm-sdk-as/assembly";

class Filter extends Context {
  onResponseBody(length: usize, end: bool): FilterDataStatusValues {
    if (!end) return FilterDataStatusValues.StopIterationAndBuffer;
    const bytes = get_buffer_bytes(BufferTypeValues.HttpResponseBody, 0, <u32>length);
    store<u8>(changetype<usize>(bytes), 0x23);
    set_buffer_bytes(BufferTypeValues.HttpResponseBody, 0, <u32>length, bytes);
    return FilterDataStatusValues.Continue;
  }
}

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Filter(id, this);
  }
}

registerRootContext((id: u32) => new Root(id), "bench");
