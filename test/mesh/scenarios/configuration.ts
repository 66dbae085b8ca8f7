import { guest } from "../../../host/test/guest.ts";
import type { Scenario } from "../same-answer/scenario.ts";
import type { Subject } from "./subject.ts";

function accepted(name: string, config: unknown): Scenario {
  return { name, rootID: "configuration", config, steps: [{}] };
}

function refused(name: string, config: unknown): Scenario {
  return { name, rootID: "configuration", config, refused: true, steps: [] };
}

export const configuration: Subject = {
  title: "a configuration",
  filters: `
    import { Action, config, filter, Headers, HttpFilter, log, root, RootContext } from "@asmfilter/sdk";

    @config
    class Limit {
      max: u8 = 200;
      ratio: f64 = 0.5;
      names: string[] = ["a", "b"];
    }

    @config
    class Config {
      mode!: string;
      on: bool = true;
      limit: Limit = new Limit();
      limits: Limit[] = [];
      note: string | null = null;
    }

    @root("configuration")
    class Root extends RootContext<Config> {
      onConfigure(): bool {
        log.info("mode " + this.config.mode);
        if (this.config.mode != "impossible") return true;
        log.error("that mode is impossible");
        return false;
      }
    }

    @filter("configuration")
    class Configured extends HttpFilter<Config> {
      onResponseHeaders(headers: Headers, endOfStream: bool): Action {
        const c = this.config;
        headers.set("x-config", [c.mode, c.on.toString(), c.limit.max.toString(), c.limit.ratio.toString(),
          c.limit.names.join("+"), c.limits.length.toString(), c.note === null ? "(null)" : c.note!].join(","));
        return Action.Continue;
      }
    }
  `,
  scenarios: [
    accepted("with what must be given takes defaults for the rest", { mode: "m" }),
    accepted("with everything is taken", {
      mode: "",
      on: false,
      limit: { max: 0, names: [] },
      limits: [{}, { ratio: -1e-3 }],
      note: "é😀",
    }),
    accepted("in other spellings is read", ' { "mode" : "\\u00e9\\ud83d\\ude00\\/" , "limit" : { "ratio" : 1E+2 } } '),
    refused("that is missing", undefined),
    refused("that is empty", {}),
    refused("with an unknown field", { mode: "m", mood: 1 }),
    refused("with an unknown nested field", { mode: "m", limits: [{}, { min: 1 }] }),
    refused("of the wrong type", { mode: 7 }),
    refused("out of range", { mode: "m", limit: { max: 256 } }),
    refused("that is no JSON", '{"mode":"m"'),
    refused("that the filter's own check does not like", { mode: "impossible" }),
    {
      name: "for a root id that no filter carries",
      rootID: "nobody",
      config: {},
      refused: true,
      steps: [],
    },
    {
      name: "is refused by a filter that traps",
      wasm: guest`(func (export "proxy_on_configure") (param i32 i32) (result i32) (call $say ${"before"}) unreachable)`,
      refused: true,
      steps: [],
    },
    {
      name: "does not matter where the VM refuses to start",
      wasm: guest`(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (call $say ${"no"}) (i32.const 0))`,
      refused: true,
      steps: [],
    },
    {
      name: "is there in proxy_on_configure alone",
      wasm: guest`
        (func (export "proxy_on_context_create") (param i32 i32) (call $body (i32.const 7)))
        (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (call $body (i32.const 7)) (i32.const 1))
        (func (export "proxy_on_configure") (param i32 i32) (result i32) (call $body (i32.const 7)) (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $body (i32.const 7)) (i32.const 0))`,
      config: "given",
      steps: [{}],
    },
  ],
};
