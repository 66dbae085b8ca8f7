import {
  attributes,
  config,
  Duration,
  envoy,
  filter,
  HttpFilter,
  log,
  minimum,
  RootContext,
  root,
  SECOND,
  Status,
} from "@asmfilter/sdk";
import { base64 } from "@asmfilter/sdk/encoding";

@config
class Config {
  /** How often a batch is logged. */
  @minimum("50ms")
  period: Duration = 10 * SECOND;
}

/** What a batch may hold: requests beyond it are counted only. */
const LIMIT = 1000;

/** The lines of the batch that is being filled; of all streams of this worker thread. */
let lines: string[] = [];
let beyond = 0;

@root("foreign-function-on-tick")
class Batches extends RootContext<Config> {
  override onConfigure(): bool {
    return this.setTickPeriod(this.config.period) == Status.Ok;
  }

  override onTick(): void {
    if (lines.length == 0) return;
    const batch = lines.join("\n");
    const summary = lines.length.toString() + " requests, " + beyond.toString() + " more: ";
    lines = [];
    beyond = 0;
    // A function that Envoy has beside the ABI; null where a proxy has none.
    const compressed = envoy.compress(batch);
    log.info(summary + (compressed === null ? batch : base64.encode(compressed)));
  }
}

@filter("foreign-function-on-tick")
class Batched extends HttpFilter<Config> {
  override onLog(): void {
    if (lines.length == LIMIT) {
      beyond++;
      return;
    }
    const path = attributes.request.urlPath;
    lines.push(attributes.response.code.toString() + " " + (path === null ? "-" : path));
  }
}
