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
    const request = new GrpcRequest(Coin.service, Coin.Toss, toss.encode());
    request.timeout = this.config.timeout;
    const status = grpcCall(this, upstream("coin"), request, new Verdict());
    return status == Status.Ok ? Action.Pause : respond(503, "no coin");
  }
}

/** To a client of gRPC the proxy says a 403 as PermissionDenied and a 503 as Unavailable, with the text as message. */
class Verdict extends GrpcCallHandler<GrpcAuthRandom> {
  onReply(stream: GrpcAuthRandom, reply: GrpcReply): void {
    const toss = reply.ok ? TossResponse.decode(reply.message.bytes()) : null;
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
