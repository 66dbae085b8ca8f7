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
