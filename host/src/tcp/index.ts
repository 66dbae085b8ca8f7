/**
 * TCP: {@link TcpConnection} takes the data of both directions through a filter, {@link TcpContext} is what the guest sees of it.
 * @module
 */

export { type TcpClient, TcpConnection, type TcpConnectionOptions, type TcpUpstream } from "./connection.ts";
export { type ConnectionControl, TcpContext } from "./context.ts";
