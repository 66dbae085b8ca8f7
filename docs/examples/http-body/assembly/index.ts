import { Action, Body, BodyFilter, BodyUse, config, filter, Headers } from "@asmfilter/sdk";

@config
class Edits {
  /** Stands in place of the body. */
  replace: string | null = null;
  /** Texts of which every occurrence becomes `[redacted]`. */
  redact: string[] = [];
  /** Stands before the body. */
  prepend: string = "";
  /** Stands behind it. */
  append: string = "";

  /** In the order of the fields. */
  apply(body: Body): void {
    if (this.replace !== null) body.replace(this.replace!);
    if (this.redact.length > 0) {
      let text = body.text();
      for (let i = 0; i < this.redact.length; i++) {
        const secret = this.redact[i];
        if (secret != "") text = text.replaceAll(secret, "[redacted]");
      }
      body.replace(text);
    }
    if (this.prepend != "") body.prepend(this.prepend);
    if (this.append != "") body.append(this.append);
  }
}

@config
class Config {
  request: Edits = new Edits();
  response: Edits = new Edits();
}

@filter("http-body")
class HttpBody extends BodyFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    if (!isText(headers)) this.requestUse = BodyUse.Pass;
    // What the upstream compressed could not be read.
    headers.remove("accept-encoding");
    return Action.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    if (!isText(headers)) this.responseUse = BodyUse.Pass;
    return Action.Continue;
  }

  override onWholeRequest(body: Body): Action {
    if (body.length > 0) this.config.request.apply(body);
    return Action.Continue;
  }

  override onWholeResponse(body: Body): Action {
    if (body.length > 0) this.config.response.apply(body);
    return Action.Continue;
  }
}

function isText(headers: Headers): bool {
  if (headers.has("content-encoding")) return false;
  const type = headers.getOr("content-type", "");
  return type.startsWith("text/") || type.startsWith("application/json");
}
