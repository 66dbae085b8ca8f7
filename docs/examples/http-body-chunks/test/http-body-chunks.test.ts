import { load } from "@asmfilter/host/testing";
import { expect, test } from "vitest";

const filter = () => load("build/http-body-chunks.wasm", { config: { text: "aabaaab" } });

test.each([
  [["aabaaab"]],
  [["-aab", "aaab-"]],
  [["a", "a", "b", "a", "a", "a", "b"]],
  [["aabaabaa", "ab"]],
  [["aaabaaaab aabaa", "abaaab"]],
])("the text is found in %j", async (body) => {
  const reply = await (await filter()).request({ body });
  expect(reply.status).toBe(403);
  expect(reply.upstream?.complete).not.toBe(true);
});

test.each([[["aabaab"]], [["aaba", "-", "aab"]], [["aab", "aaaab"]]])("it is not in %j", async (body) => {
  const reply = await (await filter()).request({ body });
  expect(reply.status).toBe(200);
  expect(reply.upstream?.text()).toBe(body.join(""));
});

test("chunks that are harmless are not held", async () => {
  const loaded = await filter();
  const stream = loaded.stream();
  stream.requestHeaders({ path: "/", method: "POST" });
  expect(stream.requestBody("aab")).toBe("Continue");
  expect(stream.requestBody("aaab")).not.toBe("Continue");
  expect(loaded.logs.map(({ message }) => message)).toEqual(["refused in chunk 2"]);
});
