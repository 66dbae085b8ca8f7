import {
  Action,
  filter,
  Headers,
  HttpCallHandler,
  HttpFilter,
  HttpReply,
  HttpRequest,
  httpCall,
  Status,
} from "@asmfilter/sdk";

class OnAuth extends HttpCallHandler<CallFilter> {
  onReply(stream: CallFilter, reply: HttpReply): void {
    const status = reply.headers.get(":status");
    if (status !== null) stream.requestHeaders.set("x-auth", status);
    stream.continueRequest();
  }
}

@filter("bench")
class CallFilter extends HttpFilter {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const status = httpCall(this, "auth", new HttpRequest("GET", "/check", "auth"), new OnAuth());
    return status == Status.Ok ? Action.Pause : Action.Continue;
  }
}
