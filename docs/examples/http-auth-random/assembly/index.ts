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
  /** What is asked of the upstream `random`: the first byte of its answer decides. */
  path: string = "/bytes/1";
  /** How long to wait for it. */
  timeout: Duration = SECOND;
}

@filter("http-auth-random")
class HttpAuthRandom extends HttpFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const question = new HttpRequest("GET", this.config.path, "random");
    question.timeout = this.config.timeout;
    const status = httpCall(this, upstream("random"), question, new Chance());
    return status == Status.Ok ? Action.Pause : respond(503, "nobody to ask\n");
  }
}

class Chance extends HttpCallHandler<HttpAuthRandom> {
  onReply(stream: HttpAuthRandom, reply: HttpReply): void {
    const bytes = reply.body.bytes(0, 1);
    if (reply.failed || reply.status != 200 || bytes.length == 0) {
      log.warn("no chance: " + (reply.failed ? reply.failure : reply.status.toString()));
      respond(503, "no answer\n");
    } else if (bytes[0] % 2 == 0) {
      stream.continueRequest();
    } else {
      respond(403, "bad luck\n", [["x-powered-by", "proxy-wasm"]]);
    }
  }
}
