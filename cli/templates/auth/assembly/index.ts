import {
  Action,
  config,
  Duration,
  filter,
  Headers,
  HttpCallHandler,
  HttpFilter,
  HttpReply,
  HttpRequest,
  httpCall,
  log,
  respond,
  SECOND,
  Status,
  upstream,
} from "@asmfilter/sdk";

@config
class Config {
  /** Path that is asked at the upstream `auth`. */
  path: string = "/check";
  /** How long to wait for its answer. */
  timeout: Duration = SECOND;
}

@filter("TEMPLATE_NAME")
class TEMPLATE_CLASS extends HttpFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const token = headers.get("authorization");
    if (token === null) return respond(401, "no credentials\n");
    const question = new HttpRequest("GET", this.config.path, "auth");
    question.headers.push(["authorization", token]);
    question.timeout = this.config.timeout;
    const status = httpCall(this, upstream("auth"), question, new Verdict());
    return status == Status.Ok ? Action.Pause : respond(503, "nobody to ask\n");
  }
}

class Verdict extends HttpCallHandler<TEMPLATE_CLASS> {
  onReply(stream: TEMPLATE_CLASS, reply: HttpReply): void {
    if (reply.status == 200) {
      stream.continueRequest();
    } else if (reply.failed || reply.status >= 500) {
      log.warn("no verdict: " + (reply.failed ? reply.failure : reply.status.toString()));
      respond(503, "no verdict\n");
    } else {
      respond(403, "denied\n");
    }
  }
}
