import { Action, Body, filter, HttpFilter } from "@asmfilter/sdk";

@filter("bench")
class BodyFilter extends HttpFilter {
  override onResponseBody(body: Body, endOfStream: bool): Action {
    if (!endOfStream) return Action.Pause;
    const bytes = body.bytes();
    bytes[0] = 0x23;
    body.replace(bytes);
    return Action.Continue;
  }
}
