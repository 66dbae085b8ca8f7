export * from "@solo-io/proxy-runtime/proxy";

import { Context, RootContext, registerRootContext } from "@solo-io/proxy-runtime";

class Filter extends Context {}

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
