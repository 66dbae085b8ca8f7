export * from "@gcoredev/proxy-wasm-sdk-as/assembly/proxy";

import { Context, RootContext, registerRootContext } from "@gcoredev/proxy-wasm-sdk-as/assembly";

class Filter extends Context {}

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Filter(id, this);
  }
}

registerRootContext((id: u32) => new Root(id), "bench");
