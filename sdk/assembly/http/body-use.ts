import { writeLog } from "../abi/log";
import { LogLevel } from "../abi/types";
import { Body } from "./body";
import { Headers } from "./headers";

/** What a `BodyFilter` does with a body. */
export enum BodyUse {
  /** Holds it and gives it; it may be replaced, so the message goes on without `content-length`. */
  Change,
  /** Holds it and gives it; it may not change in length, and `content-length` stays. */
  Read,
  /** Holds nothing: the body goes by piece by piece. */
  Pass,
}

/** How far a message has come. */
export enum MessageState {
  /** There may be more of its body. */
  Arriving,
  /** It has no body, and its head is held by the filter. */
  Waiting,
  /** Its body was given, or is none of the filter's business. */
  Done,
}

/** Bytes that the head of a message says its body has; -1 if it does not say. */
export function statedLength(headers: Headers): i64 {
  const text = headers.get("content-length");
  if (text === null || text.length == 0) return -1;
  let length: i64 = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    // Envoy passes no other (envoy source/common/http/http1/codec_impl.cc and header_utility.cc).
    if (<u32>digit > 9 || length > i64.MAX_VALUE / 10 - 1) return -1;
    length = length * 10 + digit;
  }
  return length;
}

/** Whether a body is of another length than what was sent on says, and logs it: the rest would be taken for the next message. */
export function saysWrongLength(body: Body, length: u32): bool {
  if (body.length == length) return false;
  writeLog(LogLevel.Critical, "a body that was to be read only has another length now: use BodyUse.Change");
  return true;
}
