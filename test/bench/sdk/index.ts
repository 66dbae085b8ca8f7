/**
 * The SDK beside others and beside hand-written WAT: size, CPU in Envoy, time in the guest, memory over many streams.
 * @module
 */
import type { Benchmark } from "../benchmark.ts";
import { bytes } from "./bytes.ts";
import { envoyCpu } from "./envoy-cpu.ts";
import { guestTime } from "./guest-time.ts";
import { hostCalls } from "./host-calls.ts";
import { memory } from "./memory.ts";

export const benchmarks: readonly Benchmark[] = [
  { name: "sdk.bytes", run: bytes },
  { name: "sdk.host-calls", run: hostCalls },
  { name: "sdk.guest-time", run: guestTime },
  { name: "sdk.envoy-cpu", run: envoyCpu },
  { name: "sdk.memory", run: memory },
];
