import {
  Action,
  config,
  Duration,
  filter,
  Headers,
  HttpFilter,
  log,
  minimum,
  RootContext,
  root,
  SECOND,
} from "@asmfilter/sdk";

@config
class Config {
  /** The highest number that can be drawn. */
  @minimum(1)
  highest: u32 = 100;
  /** How long a number lasts. */
  @minimum("100ms")
  every: Duration = 5 * SECOND;
}

/** 0 until one has been drawn. */
let luckyNumber: u32 = 0;

@root("hello-world")
class HelloWorldRoot extends RootContext<Config> {
  override onStart(): bool {
    log.info("Hello, World!");
    return true;
  }

  override onConfigure(): bool {
    this.setTickPeriod(this.config.every);
    return true;
  }

  override onTick(): void {
    luckyNumber = 1 + <u32>(Math.random() * this.config.highest);
    log.debug(`At ${Date.now()} ms the lucky number is ${luckyNumber}.`);
  }
}

@filter("hello-world")
class HelloWorld extends HttpFilter<Config> {
  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    headers.set("x-hello", "world");
    if (luckyNumber > 0) headers.set("x-lucky-number", luckyNumber.toString());
    return Action.Continue;
  }
}
