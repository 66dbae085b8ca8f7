/**
 * Patterns, for filters: globs, sets of prefixes and suffixes, and regular expressions that are matched in linear time.
 *
 *     import { Glob, PrefixSet, Regex } from "@asmfilter/sdk/match";
 *
 *     const files = Glob.parse("/static/**" + "/*.png");
 *     const routes = new PrefixSet(["/api/", "/api/admin/"]);
 *     const digits = new Regex("^[0-9]{1,9}$");
 *
 * Make them once, where the filter is configured: matching then allocates nothing.
 * @module
 */
export { Glob } from "./assembly/match/glob";
export { Regex } from "./assembly/match/regex";
export { PrefixSet, SuffixSet } from "./assembly/match/sets";
