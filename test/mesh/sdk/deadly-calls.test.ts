/** What ends Envoy's process when a module asks for it, and what the SDK for that reason does not pass on. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { guest } from "../../../host/test/guest.ts";
import { Envoy, removeFolder, requirePart, temporaryFolder } from "../../stack/index.ts";
import { listener } from "../same-answer/envoy-config.ts";

beforeEach((context) => requirePart(context, Envoy));

/** The log of an Envoy that has died of one request to the module. */
async function lastWords(module: Uint8Array): Promise<string> {
  const folder = await temporaryFolder("deadly");
  onTestFinished(() => removeFolder(folder));
  const file = join(folder, "deadly.wasm");
  await writeFile(file, module);
  const envoy = new Envoy({
    static: {
      clusters: [{ name: "deadly", type: "STATIC" }],
      listeners: [{ ...listener("deadly", file, { name: "", steps: [] }), "@type": undefined }],
    },
  });
  onTestFinished(() => envoy.stop());
  await envoy.start();
  await fetch(`http://127.0.0.1:${await envoy.port("deadly")}`).catch(() => undefined);
  await expect.poll(() => envoy.running, { timeout: 10_000 }).toBe(false);
  return envoy.logs();
}

// Each happens to be a GrpcService message, one that says neither of Envoy's two kinds of client.
test.each(["", "auth-grpc"])("a gRPC call to the upstream %j, passed as it is", async (upstream) => {
  const call = guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $grpc_call ${upstream} ${"test.Echo"} ${"Say"} ${""} ${""} (i32.const 1000) (i32.const 24)))`;
  expect(await lastWords(call)).toContain("panic: unset oneof");
});

test.each([
  ["proxy_on_log", "", ""],
  ["proxy_on_done", "(result i32)", "(i32.const 1)"],
  ["proxy_on_delete", "", ""],
])("an answer to a stream that is over, from %s", async (callback, type, result) => {
  const answer = guest(
    [
      `(func (export "${callback}") (param i32) ${type}
        (drop (call $send_local_response (i32.const 403) `,
      " ",
      " ",
      ` (i32.const -1))) ${result})`,
    ],
    "",
    "late",
    "",
  );
  expect(await lastWords(answer)).toMatch(/Caught (Segmentation fault|Aborted)/);
});
