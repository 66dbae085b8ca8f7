import { Action, config, filter, Headers, HttpFilter, maximum, minimum, minLength } from "@asmfilter/sdk";

@config
class Config {
  /** Host whose routes lead to the canary. */
  @minLength(1)
  host!: string;
  /** How many of a hundred requests go there, unless their header `x-canary` says `always` or `never`. */
  @minimum(0)
  @maximum(100)
  percentage: f64 = 10;
}

@filter("http-routing")
class HttpRouting extends HttpFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    if (this.isForCanary(headers.getOr("x-canary", ""))) {
      headers.set("x-forwarded-host", headers.getOr(":authority", ""));
      // A change of the request's headers makes Envoy choose the route anew.
      headers.set(":authority", this.config.host);
    }
    return Action.Continue;
  }

  private isForCanary(wish: string): bool {
    if (wish == "always") return true;
    if (wish == "never") return false;
    return Math.random() * 100 < this.config.percentage;
  }
}
