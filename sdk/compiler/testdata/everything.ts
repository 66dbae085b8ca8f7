/** A filter that has one of each, for tests that look at one thing at a time. `x-do` says which. */
export const EVERYTHING = `
import { Action, Body, config, filter, Headers, HttpFilter, log, properties, respond, root, RootContext } from "@asmfilter/sdk";
import { Base } from "./base";

@config
class Limit {
  max: u8 = 200;
  ratio: f64 = 0.5;
  names: string[] = ["a", "b"];
}

/** What the filter can be told. */
@config
export class Config {
  /** How it
   * behaves. */
  mode!: string;
  on: bool = true;
  offset: i16 = -3;
  limit: Limit = new Limit();
  limits: Limit[] = [];
  note: string | null = null;
  big: i64 = 1;
}

@root("everything")
class Root extends RootContext<Config> {
  onConfigure(): bool {
    return this.config.mode != "refused";
  }
}

let built = 0;
function text(): string {
  built++;
  return "built";
}

@filter("everything")
class Everything extends Base<Config> {
  private kept: string = this.config.mode;

  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const what = headers.getOr("x-do", "");
    if (what == "deny") return respond(403, "non \\u00e0 " + this.config.mode, [["x-why", "é"], ["x-more", ""]]);
    if (what == "log") {
      log.debug("text " + text());
      headers.set("x-built", built.toString());
    }
    if (what == "echo") {
      const value = headers.get("x-value");
      headers.set("x-echo", value === null ? "(missing)" : value);
      headers.set("x-has", headers.has("x-value") ? "yes" : "no");
      headers.set("x-all", headers.getAll("X-Value").join("|"));
      headers.set("x-count", headers.entries().length.toString());
      const bytes = headers.getBytes("x-value");
      headers.set("x-bytes", bytes === null ? "(missing)" : bytes.toString());
    }
    if (what == "all") headers.set("x-all", headers.getAll("X-Value").join("|"));
    if (what == "replace all") {
      const before = headers.byteSize;
      headers.setEntries([["x-é", "ü"], ["x-empty", ""], ["x-empty", "not"]]);
      headers.add("x-sizes", before.toString() + " " + headers.byteSize.toString());
    }
    if (what == "twice") {
      headers.set("x-joined", headers.getOr("x-a", "") + headers.getOr("x-b", "") + headers.getOr("x-c", ""));
    }
    if (what == "config") {
      const c = this.config;
      headers.set("x-config", [c.mode, c.on.toString(), c.offset.toString(), c.limit.max.toString(),
        c.limit.ratio.toString(), c.limit.names.join("+"), c.limits.length.toString(), c.big.toString(), this.kept].join(","));
      headers.set("x-note", c.note === null ? "(null)" : c.note!);
      if (c.limits.length) headers.set("x-last", c.limits[c.limits.length - 1].ratio.toString());
    }
    if (what == "property") {
      const path = properties.getString("request.path");
      headers.set("x-path", path === null ? "(missing)" : path);
      headers.set("x-size", properties.getInteger("request.size", -1).toString());
      properties.setString("mine.own", "é");
    }
    if (what == "continue") {
      this.continueBoth("headers");
      return Action.Pause;
    }
    if (what == "garbage") {
      let s = "";
      for (let i = 0; i < 8; i++) s += "0123456789";
      headers.set("x-garbage", s.toUpperCase());
    }
    return Action.Continue;
  }

  private continueBoth(where: string): void {
    log.info(where + " " + this.continueRequest().toString() + " " + this.continueResponse().toString());
  }

  onDone(): bool {
    if (this.requestPaused) {
      this.continueBoth("done");
      this.continueBoth("again");
    }
    return true;
  }

  onRequestBody(body: Body, endOfStream: bool): Action {
    if (!endOfStream) return Action.Pause;
    body.replace("[" + body.text() + "]");
    body.append(body.length.toString());
    body.prepend(Uint8Array.wrap(String.UTF8.encode("é")));
    return Action.Continue;
  }
}
`;

export const BASE = `
import { HttpFilter } from "@asmfilter/sdk";
export class Base<T> extends HttpFilter<T> {
  onLog(): void {}
}
`;
