/**
 * Cookies (RFC 6265), for filters.
 *
 *     import { cookie, SetCookie } from "@asmfilter/sdk/cookies";
 *
 *     const session = cookie(this.requestHeaders, "session");
 *
 * @module
 */
export { cookie, cookieIn, httpDate, SameSite, SetCookie } from "./assembly/cookies/index";
