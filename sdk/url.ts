/**
 * Paths, queries and absolute URLs, for filters.
 *
 *     import { RequestTarget } from "@asmfilter/sdk/url";
 *
 *     const target = RequestTarget.parse(headers.getOr(":path", "/"));
 *     const query = target.query();
 *     if (query.remove("debug")) {
 *       target.setQuery(query);
 *       headers.set(":path", target.toString());
 *     }
 *
 * @module
 */
export { percentDecode, percentDecodeLenient, percentEncode } from "./assembly/url/percent";
export { Query } from "./assembly/url/query";
export { RequestTarget } from "./assembly/url/target";
export { Url } from "./assembly/url/url";
