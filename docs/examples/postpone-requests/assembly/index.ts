import {
  Action,
  config,
  Duration,
  filter,
  Headers,
  HttpFilter,
  minimum,
  RootContext,
  respond,
  root,
  Status,
} from "@asmfilter/sdk";

@config
class Config {
  /** How often requests go on. */
  @minimum("10ms")
  period: Duration = 100;
  /** How many go on each time. */
  @minimum(1)
  burst: u32 = 10;
  /** How many may wait; those beyond are answered with 503. */
  queue: u32 = 100;
}

/** Those that wait, the oldest first; all streams of this worker thread. */
const waiting: Postponed[] = [];

@root("postpone-requests")
class Pace extends RootContext<Config> {
  override onConfigure(): bool {
    return this.setTickPeriod(this.config.period) == Status.Ok;
  }

  override onTick(): void {
    for (let i: u32 = 0; i < this.config.burst && waiting.length > 0; i++) {
      const oldest = waiting.shift();
      // A root's callbacks are about the root, unless it says for whom it speaks.
      if (oldest.makeEffective() == Status.Ok) oldest.continueRequest();
    }
  }
}

@filter("postpone-requests")
class Postponed extends HttpFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    if (<u32>waiting.length >= this.config.queue)
      return respond(503, "too many requests wait\n", [["retry-after", "1"]]);
    waiting.push(this);
    return Action.Pause;
  }

  /** A client that goes away while its request waits. */
  override onDelete(): void {
    const at = waiting.indexOf(this);
    if (at >= 0) waiting.splice(at, 1);
  }
}
