/** The connections of network filters. */
import { Action, BufferType, Peer } from "../../abi/types";
import { dataOf } from "../../network/data";
import { NetworkContext } from "../../network/filter";
import { find } from "../contexts";
import { enter, leave } from "../depth";

@inline
function connection(id: u32): NetworkContext {
  return changetype<NetworkContext>(find(id));
}

export function proxy_on_new_connection(id: u32): Action {
  enter();
  const context = connection(id);
  const action = context.onNewConnection();
  context._downstreamPaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_downstream_data(id: u32, size: u32, endOfStream: bool): Action {
  enter();
  const context = connection(id);
  context._downstreamPaused = false;
  const action = context.onDownstreamData(dataOf(BufferType.DownstreamData), endOfStream);
  context._downstreamPaused = action != Action.Continue;
  leave();
  return action;
}

export function proxy_on_upstream_data(id: u32, size: u32, endOfStream: bool): Action {
  enter();
  const action = connection(id).onUpstreamData(dataOf(BufferType.UpstreamData), endOfStream);
  leave();
  return action;
}

export function proxy_on_downstream_connection_close(id: u32, by: Peer): void {
  enter();
  connection(id).onDownstreamClose(by);
  leave();
}

export function proxy_on_upstream_connection_close(id: u32, by: Peer): void {
  enter();
  connection(id).onUpstreamClose(by);
  leave();
}
