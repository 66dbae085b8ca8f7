/**
 * Whether the module handles bodies, whose size and handling no filter knows beforehand: those of requests and
 * responses, of replies to calls where they are asked for, gRPC messages, items of queues, data of connections. Memory is kept flat there at
 * a price in size and time: the compiler keeps references on a stack in memory (with the rest 3 KB, and 0.1 µs a stream), so that a
 * collection can happen at any allocation, and large blocks are split and merged. Set by the transform, which asks
 * for the language's "incremental" runtime where a body callback is overridden, or the body of a reply or an item of a queue is read.
 */
// @ts-ignore: decorator
@inline
export const HANDLES_BODIES: bool = ASC_RUNTIME == 2;
