import { callForeign } from "../abi/foreign";
import { Status } from "../abi/types";
import { contentBytes, contentLength, releaseContent } from "../memory/content";
import { release } from "../memory/scratch";
import { encode, encodedLength, takeBytes } from "../memory/text";

/** What a foreign function answered. */
export class ForeignResult {
  constructor(
    /** {@link Status.NotFound} where the proxy has no function of that name. Other statuses are the function's own. */
    readonly status: Status,
    /** Empty where there is no answer, or the status is not Ok. */
    readonly bytes: Uint8Array,
  ) {}
}

/**
 * Calls a function that the proxy, or an extension of it, has beside the ABI. Those of Envoy are in {@link envoy}.
 * @param argument a `string` or `Uint8Array`, in whatever form the function asks for
 */
export function callForeignFunction<T>(name: string, argument: T): ForeignResult {
  const at = encode(name);
  const length = encodedLength;
  const bytes = contentBytes<T>(argument);
  const status = callForeign(at, length, bytes, contentLength);
  const answer = status == Status.Ok ? takeBytes() : new Uint8Array(0);
  releaseContent<T>(bytes);
  release(at);
  return new ForeignResult(status, answer);
}
