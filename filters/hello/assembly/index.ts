import { Action, config, filter, Headers, HttpFilter } from "@asmfilter/sdk";

@config
class Config {
  /** Name of the response header. */
  header: string = "x-hello";
  /** Its value. */
  value: string = "world";
}

@filter("hello")
class Hello extends HttpFilter<Config> {
  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    headers.set(this.config.header, this.config.value);
    return Action.Continue;
  }
}
