import {
  Action,
  config,
  Duration,
  filter,
  GrpcReply,
  GrpcResponseHandler,
  Headers,
  HttpFilter,
  log,
  respond,
  SECOND,
  Status,
  upstream,
} from "@asmfilter/sdk";
import { Auth, CheckRequest, CheckResponse } from "./proto/auth";

@config
class Config {
  /** How long to wait for the answer of the upstream `auth`. */
  timeout: Duration = SECOND;
}

@filter("TEMPLATE_NAME")
class TEMPLATE_CLASS extends HttpFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const check = new CheckRequest();
    check.method = headers.getOr(":method", "");
    check.path = headers.getOr(":path", "");
    check.token = headers.getOr("authorization", "");
    const status = Auth.check(this, upstream("auth"), check, new Verdict(), this.config.timeout);
    return status == Status.Ok ? Action.Pause : respond(503, "nobody to ask\n");
  }
}

class Verdict extends GrpcResponseHandler<TEMPLATE_CLASS, CheckResponse> {
  onResponse(stream: TEMPLATE_CLASS, response: CheckResponse | null, reply: GrpcReply): void {
    if (response === null) {
      log.warn("no verdict: " + reply.statusText);
      respond(503, "no verdict\n");
    } else if (response.allowed) {
      stream.requestHeaders.set("x-user", response.user);
      stream.continueRequest();
    } else {
      respond(403, "denied\n");
    }
  }
}
