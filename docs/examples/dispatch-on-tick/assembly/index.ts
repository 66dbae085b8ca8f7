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
  minimum,
  RootContext,
  root,
  SECOND,
  Status,
  upstream,
} from "@asmfilter/sdk";

@config
class Config {
  /** How often the upstream `notices` is asked. */
  @minimum("50ms")
  period: Duration = 10 * SECOND;
  /** Path of the notice there. */
  path: string = "/notice";
}

/** The notice, as it was told last; of all streams of this worker thread. */
let notice: string = "";

/** Why the last question had no answer; empty where it had. */
let trouble: string = "";

@root("dispatch-on-tick")
class Notices extends RootContext<Config> {
  override onConfigure(): bool {
    return this.setTickPeriod(this.config.period) == Status.Ok;
  }

  override onTick(): void {
    const request = new HttpRequest("GET", this.config.path, "notices");
    const status = httpCall(this, upstream("notices"), request, new OnNotice());
    if (status != Status.Ok) this.failed("there is no upstream");
  }

  /** What is known stays, and only the first of several failures is worth a line. */
  failed(why: string): void {
    if (why != trouble) log.warn("no notice: " + why);
    trouble = why;
  }
}

class OnNotice extends HttpCallHandler<Notices> {
  onReply(notices: Notices, reply: HttpReply): void {
    if (reply.failed) return notices.failed(reply.failure);
    if (reply.status != 200) return notices.failed("status " + reply.status.toString());
    trouble = "";
    const told = reply.body.text().trim();
    if (told != notice) log.info("the notice is now: " + told);
    notice = told;
  }
}

@filter("dispatch-on-tick")
class Notified extends HttpFilter<Config> {
  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    if (notice != "") headers.set("x-notice", notice);
    return Action.Continue;
  }
}
