import { Action, config, filter, Headers, HttpFilter, log, Status, sharedData } from "@asmfilter/sdk";

@config
class Config {
  /** Header of requests that the number is put in. */
  header: string = "x-request-number";
}

@filter("shared-data")
class Numbered extends HttpFilter<Config> {
  number: u64 = 0;

  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const status = sharedData.update<Numbered>("last-number", next, this);
    if (status == Status.Ok) headers.set(this.config.header, this.number.toString());
    else log.warn("a request has no number: " + status.toString());
    return Action.Continue;
  }
}

/** Called again where another thread has written in between, so that no number is given twice. */
function next(last: string | null, request: Numbered): string {
  request.number = last === null ? 1 : U64.parseInt(last) + 1;
  return request.number.toString();
}
