import { Action, config, filter, Headers, HttpFilter, log, minProperties, RootContext, root } from "@asmfilter/sdk";

enum When {
  always,
  absent,
}

@config
class Config {
  /** Headers of responses, their values by name. */
  @minProperties(1)
  headers!: Map<string, string>;
  /** Whether they replace what the upstream says, or are only set where it says nothing. */
  when: When = When.always;
}

@root("http-config")
class HttpConfigRoot extends RootContext<Config> {
  /** What decorators cannot say of the keys of a map. */
  override onConfigure(): bool {
    const names = this.config.headers.keys();
    for (let i = 0; i < names.length; i++) {
      if (!names[i].startsWith(":")) continue;
      log.error("configuration: headers." + names[i] + ": is no header of its own");
      return false;
    }
    return true;
  }
}

@filter("http-config")
class HttpConfig extends HttpFilter<Config> {
  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    const names = this.config.headers.keys();
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (this.config.when == When.always || !headers.has(name)) headers.set(name, this.config.headers.get(name));
    }
    return Action.Continue;
  }
}
