import { Action, config, filter, Headers, HttpFilter, log } from "@asmfilter/sdk";

@config
class Edits {
  /** Names of headers to remove. */
  remove: string[] = [];
  /** Headers to set, their values by name. */
  set: Map<string, string> = new Map();

  apply(headers: Headers): void {
    for (let i = 0; i < this.remove.length; i++) headers.remove(this.remove[i]);
    const names = this.set.keys();
    for (let i = 0; i < names.length; i++) headers.set(names[i], this.set.get(names[i]));
  }
}

@config
class Config {
  request: Edits = new Edits();
  response: Edits = new Edits();
  /** Whether to log all headers as they arrive, and each request when it is over. */
  log: bool = false;
}

@filter("http-headers")
class HttpHeaders extends HttpFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    if (this.config.log) logAll("request", headers);
    this.config.request.apply(headers);
    return Action.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    if (this.config.log) logAll("response", headers);
    this.config.response.apply(headers);
    return Action.Continue;
  }

  override onLog(): void {
    if (!this.config.log) return;
    const request = this.requestHeaders;
    const status = this.responseHeaders.getOr(":status", "no response");
    log.info(request.getOr(":method", "") + " " + request.getOr(":path", "") + ": " + status);
  }
}

function logAll(message: string, headers: Headers): void {
  const entries = headers.entries();
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i][0];
    log.info(message + " " + name + ": " + (isSecret(name) ? "(not logged)" : entries[i][1]));
  }
}

/** What lets its bearer in has no place in a log. */
function isSecret(name: string): bool {
  return name == "authorization" || name == "cookie" || name == "set-cookie";
}
