import { Action, filter, Headers, HttpFilter } from "@asmfilter/sdk";

@filter("bench")
class HeaderFilter extends HttpFilter {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const name = headers.get("x-name");
    if (name !== null) headers.set("x-seen", name);
    return Action.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    headers.set("x-hello", "world");
    return Action.Continue;
  }
}
