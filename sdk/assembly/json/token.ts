/** What a {@link JsonReader} meets. */
export enum Token {
  /** The bytes fed so far end here: feed more, or say that there is no more with `finish`. */
  More,
  BeginObject,
  EndObject,
  BeginArray,
  EndArray,
  /** The name of a member; its value follows. */
  Key,
  String,
  Number,
  True,
  False,
  Null,
  /** The document is over, and was JSON. */
  End,
  /** The bytes are not JSON: `position` is the place, `expected()` what would have been right there. */
  Failed,
}

/** Whether a value is complete with the token. */
@inline
export function endsValue(token: Token): bool {
  return token == Token.EndObject || token == Token.EndArray || <u32>(token - Token.String) <= <u32>(Token.Null - Token.String);
}
