/** Reading the `cookie` header, and writing `set-cookie`. */
export { cookie, cookieIn } from "./cookie";
export { httpDate } from "./date";
export { SameSite, SetCookie } from "./set-cookie";
