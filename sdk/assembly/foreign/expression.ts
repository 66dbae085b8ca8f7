import { Status } from "../abi/types";
import { decode } from "../memory/text";
import { callForeignFunction, ForeignResult } from "./call";

/**
 * An expression over the proxy's attributes in the Common Expression Language, which Envoy compiles and evaluates.
 *
 *     @root("guard")
 *     class Guard extends RootContext {
 *       onConfigure(): bool {
 *         unsafe = Expression.compile("request.method == 'POST' && !connection.mtls");
 *         return unsafe !== null;
 *       }
 *     }
 *
 * It belongs to the root whose callback, or whose stream's, made it, and Envoy keeps it until {@link delete}: make it once per
 * configuration, not for each request.
 */
export class Expression {
  private constructor(private readonly token: Uint8Array) {}

  /** Null if it does not compile; the proxy's log says why, at the level info. */
  static compile(text: string): Expression | null {
    const answer = callForeignFunction<string>("expr_create", text);
    return answer.status == Status.Ok ? new Expression(answer.bytes) : null;
  }

  /**
   * Its value for the stream of the callback that runs, in the form in which properties are passed. {@link Status.InternalFailure}
   * where something that it asks for is not there, {@link Status.NotFound} once it was deleted.
   */
  evaluate(): ForeignResult {
    return callForeignFunction<Uint8Array>("expr_evaluate", this.token);
  }

  /** Whether it is true; false also where it cannot be told. */
  isTrue(): bool {
    const answer = this.evaluate();
    return answer.status == Status.Ok && answer.bytes.length == 1 && answer.bytes[0] != 0;
  }

  /** Its value as text; null where it has none. */
  text(): string | null {
    const answer = this.evaluate();
    return answer.status == Status.Ok ? decode(answer.bytes.dataStart, answer.bytes.length) : null;
  }

  /** Its value as an integer, a time or a duration; `fallback` where it is none. */
  integer(fallback: i64): i64 {
    const answer = this.evaluate();
    return answer.status == Status.Ok && answer.bytes.length == 8 ? load<i64>(answer.bytes.dataStart) : fallback;
  }

  /** Has Envoy forget it. */
  delete(): Status {
    return callForeignFunction<Uint8Array>("expr_delete", this.token).status;
  }
}
