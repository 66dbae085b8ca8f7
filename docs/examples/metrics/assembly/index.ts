import {
  Action,
  attributes,
  Counter,
  config,
  filter,
  Gauge,
  Headers,
  Histogram,
  HttpFilter,
  RootContext,
  root,
  Status,
  Tagged,
} from "@asmfilter/sdk";

@config
class Config {
  /** Header that says who the client is. */
  header: string = "x-client";
}

// What a client says of itself can be anything: after 50 combinations all others are counted as `other`.
const requests = new Tagged<Counter>("metrics_requests", ["client", "code"], 50);
const open = new Gauge("metrics_open_requests");
const bytes = new Histogram("metrics_request_bytes");

@root("metrics")
class Definitions extends RootContext<Config> {
  /** Lists the gauge before there is a request. */
  override onConfigure(): bool {
    return open.define() == Status.Ok;
  }
}

@filter("metrics")
class Counted extends HttpFilter<Config> {
  private client: string = "";
  private isOpen: bool = false;

  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    this.client = headers.getOr(this.config.header, "unknown");
    this.isOpen = true;
    open.add(1);
    return Action.Continue;
  }

  override onLog(): void {
    // A request that an earlier filter refused comes here alone.
    if (!this.isOpen) return;
    open.add(-1);
    const status = attributes.response.code;
    requests.of([this.client, status < 100 ? "none" : (status / 100).toString() + "xx"]).increment();
    const size = attributes.request.size;
    if (size > 0) bytes.record(size);
  }
}
