/**
 * What a filter may do, each to be seen the same in the host and in Envoy: one subject a file.
 * @module
 */
import { availability } from "./availability.ts";
import { bodies } from "./bodies.ts";
import { calls } from "./calls.ts";
import { configuration } from "./configuration.ts";
import { connections } from "./connections.ts";
import { foreign } from "./foreign.ts";
import { grpcCalls, grpcStreams } from "./grpc.ts";
import { headers } from "./headers.ts";
import { lifecycle } from "./lifecycle.ts";
import { limits } from "./limits.ts";
import { localResponses } from "./local-responses.ts";
import { logging } from "./logging.ts";
import { pausing } from "./pausing.ts";
import { properties } from "./properties.ts";
import { queues } from "./queues.ts";
import { shared } from "./shared.ts";
import type { Subject } from "./subject.ts";
import { traps } from "./traps.ts";

export const subjects: readonly Subject[] = [
  headers,
  bodies,
  availability,
  limits,
  localResponses,
  pausing,
  traps,
  lifecycle,
  logging,
  properties,
  configuration,
  calls,
  grpcCalls,
  grpcStreams,
  connections,
  shared,
  queues,
  foreign,
];
