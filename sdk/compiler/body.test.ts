import { describe, expect, test } from "vitest";
import { compileGuest, proxyOf } from "./testdata/sources.ts";

/** A filter whose body callback runs `statements` on the whole body. */
function bodyFilter(statements: string, more = ""): string {
  return `${more}
    @filter("a") class A extends HttpFilter {
      onRequestBody(body: Body, endOfStream: bool): Action {
        ${statements}
        return Action.Continue;
      }
    }`;
}

describe("a body takes nothing that is neither text nor bytes", () => {
  test.each([
    ["an ArrayBuffer", "body.replace(new ArrayBuffer(8));"],
    ["a plain array", "body.append([<u8>1]);"],
    ["a number", "body.prepend(42);"],
    ["wider elements", "body.replace(new Uint16Array(2));"],
    ["a string that can be null", "body.replace<string | null>(null);"],
    ["bytes that can be null", "body.replace<Uint8Array | null>(null);"],
  ])("%s", async (_name, statement) => {
    const compilation = compileGuest(bodyFilter(statement));
    await expect(compilation).rejects.toThrow("content is a string or a Uint8Array, not null");
  });

  test("a part of a buffer is sent as that part", async () => {
    const proxy = await proxyOf(bodyFilter("body.replace(body.bytes().subarray(1, 3));"));
    proxy.configure(undefined);
    proxy.request(2, []);
    proxy.buffers[0] = new TextEncoder().encode("abcd");
    proxy.call("proxy_on_request_body", 2, 4, 1);
    expect(new TextDecoder().decode(proxy.buffers[0])).toBe("bc");
  });
});
