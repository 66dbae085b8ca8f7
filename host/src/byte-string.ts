/**
 * Header names and values, property paths and keys are bytes to a proxy. In here they are *byte strings*: one
 * character of U+0000–U+00FF for each byte, as `fetch` has them. ASCII looks the same either way, nothing is lost
 * where the bytes are not UTF-8, and comparing and interning are those of the engine.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const beyondAscii = /[^\0-\x7f]/;

/** The UTF-8 bytes of a text, as a byte string. */
export function toByteString(text: string): string {
  return beyondAscii.test(text) ? byteStringOf(encoder.encode(text)) : text;
}

/** A byte string read as UTF-8; one that is not UTF-8 comes back as it is. */
export function toText(byteString: string): string {
  if (!beyondAscii.test(byteString)) return byteString;
  try {
    return decoder.decode(bytesOf(byteString));
  } catch {
    return byteString;
  }
}

export function bytesOf(byteString: string): Uint8Array {
  const bytes = new Uint8Array(byteString.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteString.charCodeAt(i);
  return bytes;
}

export function byteStringOf(bytes: Uint8Array): string {
  let result = "";
  // In slices, since engines limit the number of arguments.
  for (let i = 0; i < bytes.length; i += 4096) result += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return result;
}

const upperCase = /[A-Z]/g;

/** Lower case of ASCII alone: `toLowerCase` would change bytes beyond it. */
export function toLowerCase(byteString: string): string {
  return byteString.replace(upperCase, (letter) => letter.toLowerCase());
}
