/**
 * Bytes as text, for filters: base64, base64url, hex (RFC 4648) and UTF-8; and the lower case of ASCII, which is that of
 * names of headers and hosts.
 *
 *     import { base64, isUtf8, utf8Text } from "@asmfilter/sdk/encoding";
 *
 *     const bytes = base64.decode("dXNlcjpwYXNz");
 *     if (bytes !== null && isUtf8(bytes)) log.info(utf8Text(bytes));
 *
 * What cannot be decoded is null. Each function allocates its result and nothing else.
 * @module
 */
export { lowerCase } from "./assembly/encoding/ascii";
export { base64, base64url, Padding } from "./assembly/encoding/base64";
export { hex } from "./assembly/encoding/hex";
export { isUtf8, utf8Bytes, utf8Text } from "./assembly/encoding/utf8";
