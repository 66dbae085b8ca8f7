/**
 * The SDKs that are measured side by side. Each has a folder of small filters beside its file here, all doing the
 * same; what it needs is installed into the cache folder at first use, so that `npm ci` here carries none of it.
 * @module
 */
import { asmfilter } from "./asmfilter.ts";
import { gcore } from "./gcore.ts";
import type { Peer } from "./peer.ts";
import { rust } from "./rust.ts";
import { solo } from "./solo.ts";
import { wat } from "./wat.ts";

export { type Peer, type Workload, workloads } from "./peer.ts";

/** In the order of the tables. */
export const peers: readonly Peer[] = [asmfilter, wat, rust, gcore, solo];
