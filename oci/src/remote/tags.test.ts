import { describe, expect, test } from "vitest";
import { codeOf } from "../../test/failures.ts";
import { answer, serve } from "../../test/server.ts";
import { repository } from "./index.ts";

describe("lists of tags", () => {
  test("are read page by page", async () => {
    const { address } = await serve(({ url }, response) =>
      url?.includes("last=b")
        ? answer(response, 200, {}, '{"tags":["c"]}')
        : answer(response, 200, { link: '</v2/a/tags/list?last=b&n=2>; rel="next"' }, '{"tags":["b","a"]}'),
    );
    expect(await repository(`${address}/a`).tags()).toEqual(["a", "b", "c"]);
  });

  test("that lead in a circle end", async () => {
    const { address, seen } = await serve((_, response) =>
      answer(response, 200, { link: '</v2/a/tags/list>; rel="next"' }, '{"tags":["a"]}'),
    );
    expect(await repository(`${address}/a`).tags()).toEqual(["a"]);
    expect(seen).toHaveLength(1);
  });

  test("that go on at another server are refused", async () => {
    const elsewhere = await serve((_, response) => answer(response, 200));
    const { address } = await serve((_, response) =>
      answer(response, 200, { link: `<http://${elsewhere.address}/>; rel="next"` }, '{"tags":["a"]}'),
    );
    expect(await codeOf(repository(`${address}/a`).tags())).toBe("ASMF_OCI_ORIGIN_REFUSED");
    expect(elsewhere.seen).toEqual([]);
  });

  test("of an empty repository are empty, also where a registry writes null", async () => {
    const { address } = await serve((_, response) => answer(response, 200, {}, '{"tags":null}'));
    expect(await repository(`${address}/a`).tags()).toEqual([]);
  });

  test("go on after an empty page", async () => {
    const { address } = await serve(({ url }, response) =>
      url?.includes("last=b")
        ? answer(response, 200, {}, '{"tags":["c"]}')
        : answer(response, 200, { link: '</v2/a/tags/list?last=b>; rel="next"' }, '{"tags":[]}'),
    );
    expect(await repository(`${address}/a`).tags()).toEqual(["c"]);
  });

  test("without end are refused", async () => {
    const { address, seen } = await serve((_, response) =>
      answer(response, 200, { link: `</v2/a/tags/list?n=${seen.length}>; rel="next"` }, '{"tags":["a"]}'),
    );
    expect(await codeOf(repository(`${address}/a`).tags())).toBe("ASMF_OCI_TOO_LARGE");
    expect(seen).toHaveLength(1000);
  });

  test("leave out what is no tag, such as what would move the cursor or lead to another path", async () => {
    const hostile = ["ok", "\u001b[31mred", "../../x", "", 1, null, "a b", "x".repeat(129)];
    const { address } = await serve((_, response) => answer(response, 200, {}, JSON.stringify({ tags: hostile })));
    expect(await repository(`${address}/a`).tags()).toEqual(["ok"]);
  });
});
