import { Action, attributes, Counter, Data, filter, log, NetworkFilter, Peer } from "@asmfilter/sdk";

const connections = new Counter("network_connections");
const sent = new Counter("network_sent_bytes");
const received = new Counter("network_received_bytes");

@filter("network")
class Watched extends NetworkFilter {
  private fromClient: u32 = 0;
  private fromUpstream: u32 = 0;
  private end: string = "cut off";

  override onNewConnection(): Action {
    connections.increment();
    return Action.Continue;
  }

  override onDownstreamData(data: Data, endOfStream: bool): Action {
    this.fromClient += data.length;
    // Built only where the proxy logs at this level.
    log.debug("> " + data.text());
    return Action.Continue;
  }

  override onUpstreamData(data: Data, endOfStream: bool): Action {
    this.fromUpstream += data.length;
    log.debug("< " + data.text());
    return Action.Continue;
  }

  override onDownstreamClose(by: Peer): void {
    this.end = by == Peer.Remote ? "closed by the client" : "closed by the proxy";
  }

  override onLog(): void {
    sent.increment(this.fromClient);
    received.increment(this.fromUpstream);
    const parties = host(attributes.source.address) + " to " + host(attributes.upstream.address);
    const bytes = this.fromClient.toString() + " bytes, and " + this.fromUpstream.toString() + " back";
    log.info(parties + ": " + bytes + "; " + this.end);
  }
}

/** An address without its port. */
function host(address: string | null): string {
  return address === null ? "nobody" : address.substring(0, address.lastIndexOf(":"));
}
