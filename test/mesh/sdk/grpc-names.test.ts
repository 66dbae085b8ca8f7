import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { guest } from "../../../host/test/guest.ts";
import { Envoy, removeFolder, requirePart, temporaryFolder } from "../../stack/index.ts";
import { listener } from "../same-answer/envoy-config.ts";

beforeEach((context) => requirePart(context, Envoy));

// Each happens to be a GrpcService message, one that says neither of Envoy's two kinds of client.
test.each(["", "auth-grpc"])(
  "the upstream %j of a gRPC call, passed as it is, ends Envoy's process: so the SDK never passes a bare name",
  async (upstream) => {
    const folder = await temporaryFolder("grpc-names");
    onTestFinished(() => removeFolder(folder));
    const module = join(folder, "calling.wasm");
    const call = guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (call $grpc_call ${upstream} ${"test.Echo"} ${"Say"} ${""} ${""} (i32.const 1000) (i32.const 24)))`;
    await writeFile(module, call);
    const envoy = new Envoy({
      static: {
        clusters: [{ name: "calling", type: "STATIC" }],
        listeners: [{ ...listener("calling", module, { name: "", steps: [] }), "@type": undefined }],
      },
    });
    onTestFinished(() => envoy.stop());
    await envoy.start();
    await fetch(`http://127.0.0.1:${await envoy.port("calling")}`).catch(() => undefined);
    await expect.poll(() => envoy.running).toBe(false);
    expect(envoy.logs()).toContain("panic: unset oneof");
  },
);
