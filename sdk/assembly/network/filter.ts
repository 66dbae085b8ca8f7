import { closeStream, continueStream } from "../abi/streams";
import { Action, Peer, Status, StreamType } from "../abi/types";
import { Context } from "../runtime/contexts";
import { currentConfig, NoConfig } from "../runtime/root";
import { Data } from "./data";

/**
 * A TCP connection. What a filter overrides is called; for the rest the proxy does not even enter the module. At the end
 * come `onDone`, `onLog`, `onDelete`, in this order, which is not that of HTTP.
 */
export class NetworkContext extends Context {
  /** Whether the last callback of what the client sends ended in {@link Action.Pause}, and nothing has gone on since. */
  _downstreamPaused: bool = false;

  /** A client has connected. With {@link Action.Pause} nothing is read, and no upstream chosen, until {@link continueDownstream}. */
  onNewConnection(): Action {
    return Action.Continue;
  }

  /**
   * The client has sent something. Return {@link Action.Pause} to hold it and be called again with more, all in one.
   * @param endOfStream whether the client has ended its half of the connection
   */
  onDownstreamData(data: Data, endOfStream: bool): Action {
    return Action.Continue;
  }

  /**
   * The upstream has sent something. {@link Action.Pause} holds it until it sends more, and then all comes in one; there is no
   * way to go on earlier, and what is held when the upstream closes is lost (envoy `source/extensions/common/wasm/context.cc`,
   * `continueStream`).
   * @param endOfStream whether the upstream has ended its half of the connection
   */
  onUpstreamData(data: Data, endOfStream: bool): Action {
    return Action.Continue;
  }

  /** The connection to the client is closed: {@link Peer.Local} by the proxy, or the upstream's end; {@link Peer.Remote} by the client. */
  onDownstreamClose(by: Peer): void {}

  /**
   * The upstream has ended its half of the connection. Envoy does not know by whom ({@link Peer.Unknown}), and says nothing when
   * the connection to the upstream breaks.
   */
  onUpstreamClose(by: Peer): void {}

  /**
   * Goes on with what the client sends, after an earlier callback paused it. Anything else is {@link Status.BadArgument} and does
   * nothing: in the callback itself return {@link Action.Continue} instead.
   */
  continueDownstream(): Status {
    if (!this._downstreamPaused) return Status.BadArgument;
    this._downstreamPaused = false;
    return continueStream(StreamType.Downstream);
  }

  /**
   * Closes the connection to the client, when what was written to it has gone out, and with it the one to the upstream. What the
   * running callback was given does not go on. Without effect on a connection that is closed already.
   */
  closeDownstream(): Status {
    return closeStream(StreamType.Downstream);
  }

  /** The same in Envoy, which says `wasm_upstream_close` then where it logs why. */
  closeUpstream(): Status {
    return closeStream(StreamType.Upstream);
  }
}

/**
 * The base of filters of TCP connections; `type: network` in `filter.yaml`. One instance is made for each connection.
 *
 *     @filter("shout")
 *     class Shout extends NetworkFilter {
 *       onUpstreamData(data: Data, endOfStream: bool): Action {
 *         data.replace(data.text().toUpperCase());
 *         return Action.Continue;
 *       }
 *     }
 *
 * `C` is the `@config` class; leave it out for a filter without configuration. A filter's constructor, if it has
 * one, takes no arguments.
 */
export class NetworkFilter<C = NoConfig> extends NetworkContext {
  /** The configuration that was in force when the connection began. */
  readonly config: C = currentConfig<C>();

  /** Never called. It lets the compiler name `C` of a filter class, as `valueof<Filter>`, through any bases. */
  @operator("[]")
  protected _config(index: i32): C {
    return this.config;
  }
}
