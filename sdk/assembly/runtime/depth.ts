/** Every callback of the proxy begins with {@link enter} and ends with {@link leave}. */
import { collectIfDue } from "../memory/collector";
import { reset } from "../memory/scratch";

/** How many callbacks are on the stack: the host can call back in the middle of a host call. */
let depth = 0;

@inline
export function enter(): void {
  if (!depth++) reset();
}

/** Only the outermost callback may collect: the one below it has references on the stack. */
@inline
export function leave(): void {
  if (!--depth) collectIfDue();
}

/** How deep the callback is by which a stream or root ends; 0 if none runs. One that is nested in it is deeper. */
let ending = 0;

/** Whether the running callback is one by which a stream or root ends. */
@inline
export function isEnding(): bool {
  return ending == depth;
}

/** Says that the running callback is such a one, until {@link endsNoMore} is given the result. */
@inline
export function ends(): i32 {
  const outer = ending;
  ending = depth;
  return outer;
}

@inline
export function endsNoMore(outer: i32): void {
  ending = outer;
}
