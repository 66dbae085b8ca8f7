import { Action, config, Data, filter, log, minimum, NetworkFilter, Peer } from "@asmfilter/sdk";

@config
class Config {
  /** Bytes that a client may send on one connection. */
  @minimum(1)
  limit: u32 = 1048576;
}

@filter("TEMPLATE_NAME")
class TEMPLATE_CLASS extends NetworkFilter<Config> {
  private received: u64 = 0;

  override onDownstreamData(data: Data, endOfStream: bool): Action {
    this.received += data.length;
    if (this.received <= this.config.limit) return Action.Continue;
    this.closeDownstream();
    return Action.Pause;
  }

  override onDownstreamClose(by: Peer): void {
    log.info("the client sent " + this.received.toString() + " bytes");
  }
}
