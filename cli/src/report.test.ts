import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { report } from "./report.ts";

async function reported(message: string, hint: string, code = "ASMF_OCI_TLS"): Promise<string> {
  const stderr = new PassThrough();
  const context = { stdout: new PassThrough(), stderr, stdin: process.stdin, env: {}, cwd: "/" };
  report(Object.assign(new Error(message), { code, hint }), context);
  stderr.end();
  return text(stderr);
}

test.each([
  ["give the registry's CA with the option `ca` or NODE_EXTRA_CA_CERTS.", "by --ca-file or NODE_EXTRA_CA_CERTS."],
  ["allow it with --plain-http (`plainHTTP: true`).", "→ allow it with --plain-http."],
  ["If it speaks HTTPS, set `plainHTTP: false`.", "If it speaks HTTPS, leave --plain-http away;"],
  ["for a registry on this machine set `plainHTTP: false`.", "otherwise than localhost or 127.0.0.1"],
])("the hint %j names flags, not options of the library", async (hint, said) => {
  const stderr = await reported("no", hint);
  expect(stderr).toContain(said);
  expect(stderr).not.toMatch(/plainHTTP|`ca`/);
});

test("further lines of a message stand behind a bar, the compiler's at the left where editors look for them", async () => {
  expect(await reported("first\n  → second", "do")).toBe("error: first [ASMF_OCI_TLS]\n  |   → second\n  → do\n");
  expect(await reported("first\na.ts:1:2: no", "do", "ASMF_COMPILE")).toBe(
    "error: first [ASMF_COMPILE]\na.ts:1:2: no\n  → do\n",
  );
});

test("a hint has one line, and nothing that drives a terminal gets through", async () => {
  expect(await reported("a\u001b[2Kb\rc", "do\n\u009bthis", "ASMF_FILE")).toBe(
    "error: a[2Kb c [ASMF_FILE]\n  → do this\n",
  );
});
