/** Answers to calls. They arrive on the root, whoever called. */
import { findExchange } from "../../calls/grpc";
import { finishHttpCall } from "../../calls/http";
import { enter, leave } from "../depth";

export function proxy_on_http_call_response(root: u32, call: u32, headers: u32, bodySize: u32, trailers: u32): void {
  enter();
  finishHttpCall(root, call, headers);
  leave();
}

export function proxy_on_grpc_receive_initial_metadata(root: u32, number: u32, count: u32): void {
  enter();
  const exchange = findExchange(root, number);
  if (exchange) exchange.onInitialMetadata();
  leave();
}

export function proxy_on_grpc_receive(root: u32, number: u32, size: u32): void {
  enter();
  const exchange = findExchange(root, number);
  if (exchange) exchange.onMessage();
  leave();
}

export function proxy_on_grpc_receive_trailing_metadata(root: u32, number: u32, count: u32): void {
  enter();
  const exchange = findExchange(root, number);
  if (exchange) exchange.onTrailingMetadata();
  leave();
}

export function proxy_on_grpc_close(root: u32, number: u32, status: u32): void {
  enter();
  const exchange = findExchange(root, number);
  if (exchange) exchange.onClose(status);
  leave();
}
