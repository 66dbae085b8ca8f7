/** Passes over values that no field wants. They have to be JSON all the same. */
import { literalBytes, utf8 } from "../memory/text";
import { accept, acceptWord, readText } from "./cursor";
import { ascend, descend, fail } from "./failure";
import { skipNumber } from "./number";

/** Passes over a value of any form. */
export function skipValue(): void {
  if (accept(0x7b)) skipMembers(true, 0x7d);
  else if (accept(0x5b)) skipMembers(false, 0x5d);
  else if (readText() || acceptWord(utf8("true")) || acceptWord(utf8("false")) || acceptWord(utf8("null"))) return;
  else if (!skipNumber()) fail(utf8("malformed JSON"));
}

function skipMembers(isObject: bool, bracket: u32): void {
  if (accept(bracket) || !descend(literalBytes(utf8("")))) return;
  do {
    if (isObject && !(readText() && accept(0x3a))) {
      fail(utf8("malformed JSON"));
      return;
    }
    skipValue();
  } while (accept(0x2c));
  if (!accept(bracket)) fail(utf8("malformed JSON"));
  else ascend();
}
