import { expect, test } from "vitest";
import { guest } from "../../test/guest.ts";
import { messages } from "../../test/logs.ts";
import { load } from "./index.ts";

const showing = guest`
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $get_buffer_bytes (i32.const 6) (i32.const 0) (i32.const 1000) (i32.const 16) (i32.const 20)))
    (call $show ${"vm"})
    (i32.const 1))`;

test("upstreams reach the filter as a deployment passes them, in the VM configuration", async () => {
  const filter = await load(showing, { upstreams: { auth: "outbound|8080||auth.default.svc.cluster.local" } });
  expect(messages(filter.logs)).toEqual(['vm:{"upstreams":{"auth":"outbound|8080||auth.default.svc.cluster.local"}}']);
});
