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
import { Coin, TossRequest, TossResponse } from "./proto/coin";

@config
class Config {
  /** How long to wait for the upstream `coin`. */
  timeout: Duration = SECOND;
}

@filter("grpc-auth-random")
class GrpcAuthRandom extends HttpFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    if (!headers.getOr("content-type", "").startsWith("application/grpc")) return respond(415, "for gRPC only\n");
    const toss = new TossRequest();
    toss.method = headers.getOr(":path", "");
    const status = Coin.toss(this, upstream("coin"), toss, new Verdict(), this.config.timeout);
    return status == Status.Ok ? Action.Pause : respond(503, "no coin");
  }
}

/** To a client of gRPC the proxy says a 403 as PermissionDenied and a 503 as Unavailable, with the text as message. */
class Verdict extends GrpcResponseHandler<GrpcAuthRandom, TossResponse> {
  onResponse(stream: GrpcAuthRandom, toss: TossResponse | null, reply: GrpcReply): void {
    if (toss === null) {
      log.warn(`the coin is lost: ${reply.status} ${reply.statusText}`);
      respond(503, "no coin");
    } else if (toss.heads) {
      stream.continueRequest();
    } else {
      respond(403, "tails");
    }
  }
}
