import { Action, attributes, filter, Headers, HttpFilter, log, properties, respond } from "@asmfilter/sdk";

@filter("properties")
class Properties extends HttpFilter {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const wanted = properties.getString("xds.route_metadata.filter_metadata.access.header");
    if (wanted === null) return Action.Continue;
    const key = headers.get(wanted);
    if (key === null) return respond(401, "this route needs " + wanted + "\n");
    // Kept for the stream: other filters, access logs and the callbacks below can read it.
    properties.setString("caller", key);
    return Action.Continue;
  }

  override onLog(): void {
    const caller = properties.getString("caller");
    if (caller === null) return;
    const method = attributes.request.method;
    const path = attributes.request.urlPath;
    const status = attributes.response.code;
    log.info(`${caller} did ${method} ${path}: ${status}`);
  }
}
