import { Action, Body, BodyFilter, BodyUse, config, filter, Headers, respond } from "@asmfilter/sdk";
import { JsonReader, Token } from "@asmfilter/sdk/json";

@config
class Config {
  /** Keys that the object must have. */
  required: string[] = [];
}

/** Made once, and used for every body. */
const reader = new JsonReader();

@filter("json-validation")
class JsonValidation extends BodyFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const type = headers.getOr("content-type", "");
    const isJson = type == "application/json" || type.startsWith("application/json;");
    if (!endOfStream && !isJson) return respond(415, "application/json is wanted\n");
    this.requestUse = BodyUse.Read;
    return Action.Continue;
  }

  override onWholeRequest(body: Body): Action {
    if (body.length == 0) return Action.Continue;
    const problem = this.problemOf(body.bytes());
    return problem === null ? Action.Continue : respond(400, problem + "\n");
  }

  private problemOf(json: Uint8Array): string | null {
    reader.reset();
    reader.feed(json);
    reader.finish();
    const first = reader.next();
    if (first != Token.BeginObject && first != Token.Failed) return "an object is wanted";
    const missing = this.config.required.slice();
    while (reader.next() < Token.End) {
      if (reader.token != Token.Key) continue;
      const at = missing.indexOf(reader.text());
      if (at >= 0) missing.splice(at, 1);
      // Only the keys of the object itself count.
      reader.skip();
    }
    if (reader.token == Token.Failed) return `no JSON: ${reader.expected()} is wanted at byte ${reader.position}`;
    return missing.length == 0 ? null : "missing: " + missing.join(", ");
  }
}
