import { guest } from "../../../host/test/guest.ts";
import type { Subject } from "./subject.ts";

export const logging: Subject = {
  title: "log lines",
  filters: `
    import { Action, filter, Headers, HttpFilter, log, LogLevel } from "@asmfilter/sdk";

    let built = 0;
    function text(level: string): string {
      built++;
      return "at " + level + " ☃";
    }

    @filter("logging")
    class Logging extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        log.trace(text("trace"));
        log.debug(text("debug"));
        log.info(text("info"));
        log.warn(text("warn"));
        log.error(text("error"));
        log.critical(text("critical"));
        console.log("console log");
        console.warn("console warn");
        trace("never");
        log.info(built.toString() + " " + log.enabled(LogLevel.Debug).toString() + " " + log.enabled(LogLevel.Info).toString());
        return Action.Continue;
      }
    }
  `,
  scenarios: [
    { name: "keep their level, and those below the proxy's are not even built", rootID: "logging", steps: [{}] },
    {
      name: "give the statuses of the ABI",
      wasm: guest`(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $report ${"trace"} (call $log (i32.const 0) ${"at trace"}))
        (call $report ${"warn"} (call $log (i32.const 3) ${"at warn"}))
        (call $report ${"critical"} (call $log (i32.const 5) ${"at critical"}))
        (call $report ${"six"} (call $log (i32.const 6) ${"at six"}))
        (call $report ${"not in memory"} (call $log (i32.const 2) (i32.const -5) (i32.const 10)))
        (call $report ${"get"} (call $get_log_level (i32.const 24))) (call $report ${"level"} (i32.load (i32.const 24)))
        (i32.const 0))`,
      steps: [{}],
    },
  ],
};
