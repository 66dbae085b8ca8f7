import {
  Action,
  config,
  filter,
  Headers,
  HttpFilter,
  log,
  minLength,
  RootContext,
  root,
  vmConfiguration,
} from "@asmfilter/sdk";

/** Parameters of one plugin: each place where the filter is used has its own. */
@config
class Config {
  /** Name of the service behind this proxy. */
  @minLength(1)
  service!: string;
}

/** Of the VM, and so the same for all plugins in it. */
let zone = "unknown";

@root("vm-and-plugin-configuration")
class Root extends RootContext<Config> {
  /** Before the plugin's configuration is there. */
  override onStart(): bool {
    const text = vmConfiguration();
    if (text !== null) zone = text;
    log.info("zone " + zone);
    return true;
  }

  /** When it is. */
  override onConfigure(): bool {
    log.info("service " + this.config.service);
    return true;
  }
}

@filter("vm-and-plugin-configuration")
class VmAndPluginConfiguration extends HttpFilter<Config> {
  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    headers.set("x-served-by", this.config.service + "." + zone);
    return Action.Continue;
  }
}
