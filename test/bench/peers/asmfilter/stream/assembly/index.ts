import { Action, filter, Headers, HttpFilter } from "@asmfilter/sdk";

let finished = 0;

@filter("bench")
class StreamFilter extends HttpFilter {
  name: string = "";
  logged: bool = false;

  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    this.name = headers.getOr("x-name", "nobody");
    return Action.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    headers.set("x-hello", this.name);
    return Action.Continue;
  }

  override onLog(): void {
    this.logged = true;
  }

  override onDone(): bool {
    finished++;
    return true;
  }
}
