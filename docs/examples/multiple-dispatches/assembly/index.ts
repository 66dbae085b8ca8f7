import {
  Action,
  config,
  Duration,
  filter,
  Headers,
  HttpCallHandler,
  HttpFilter,
  HttpReply,
  HttpRequest,
  httpCall,
  log,
  Status,
  upstream,
} from "@asmfilter/sdk";
import { percentEncode } from "@asmfilter/sdk/url";

@config
class Config {
  /** How long to wait for each of the upstreams `prices` and `stock`. */
  timeout: Duration = 500;
}

@filter("multiple-dispatches")
class Enriched extends HttpFilter<Config> {
  /** Calls that have no answer yet. */
  private open: i32 = 0;

  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    const product = headers.get("x-product");
    if (product === null) return Action.Continue;
    const name = percentEncode(product);
    // Both are on their way before either is waited for.
    this.ask(upstream("prices"), "/prices/" + name, "x-price");
    this.ask(upstream("stock"), "/stock/" + name, "x-in-stock");
    return this.open > 0 ? Action.Pause : Action.Continue;
  }

  private ask(cluster: string, path: string, header: string): void {
    const request = new HttpRequest("GET", path, "products");
    request.timeout = this.config.timeout;
    if (httpCall(this, cluster, request, new OnAnswer(header)) == Status.Ok) this.open++;
    else log.warn("cannot ask for " + header);
  }

  answered(): void {
    if (--this.open == 0) this.continueResponse();
  }
}

/** Puts an answer into a header of the response. A response is worth more than what is missing from it. */
class OnAnswer extends HttpCallHandler<Enriched> {
  constructor(private readonly header: string) {
    super();
  }

  onReply(stream: Enriched, reply: HttpReply): void {
    if (reply.status == 200) stream.responseHeaders.set(this.header, reply.body.text().trim());
    else log.warn("no answer for " + this.header);
    stream.answered();
  }
}
