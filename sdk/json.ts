/**
 * JSON of bodies (RFC 8259), for filters: a reader that is fed piece by piece, a look-up by path, and a writer.
 *
 *     import { JsonPath, JsonWriter } from "@asmfilter/sdk/json";
 *
 *     const path = JsonPath.parse("user.roles[0]")!;
 *     const role = path.find(body.bytes());
 *     if (role !== null && role.text == "admin") { … }
 *
 * Nothing throws or traps, whatever the bytes are: what is no JSON is said with its place. The configuration of a
 * filter is read by `@config`, not by this.
 * @module
 */
export { JsonFinder, JsonPath, JsonValue } from "./assembly/json/path";
export { JsonReader } from "./assembly/json/reader";
export { Token } from "./assembly/json/token";
export { JsonWriter } from "./assembly/json/writer";
