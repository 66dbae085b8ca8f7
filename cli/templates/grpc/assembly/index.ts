import {
  Action,
  config,
  Duration,
  filter,
  GrpcCallHandler,
  GrpcReply,
  GrpcRequest,
  grpcCall,
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
    const request = new GrpcRequest(Auth.service, Auth.Check, check.encode());
    request.timeout = this.config.timeout;
    const status = grpcCall(this, upstream("auth"), request, new Verdict());
    return status == Status.Ok ? Action.Pause : respond(503, "nobody to ask\n");
  }
}

class Verdict extends GrpcCallHandler<TEMPLATE_CLASS> {
  onReply(stream: TEMPLATE_CLASS, reply: GrpcReply): void {
    const response = reply.ok ? CheckResponse.decode(reply.message.bytes()) : null;
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
