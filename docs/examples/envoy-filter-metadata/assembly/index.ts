import { Action, config, filter, Headers, HttpFilter, minItems, properties, respond } from "@asmfilter/sdk";

@config
class Config {
  /** Where an earlier filter leaves the caller's role: its namespace, and the keys in it from the outermost on. */
  @minItems(2)
  role: string[] = ["envoy.filters.http.jwt_authn", "claims", "role"];
  /** Namespace of the routes' metadata, in which `role` is the one that is demanded. */
  route: string = "envoy-filter-metadata";
}

@filter("envoy-filter-metadata")
class Guarded extends HttpFilter<Config> {
  override onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    // Namespaces have dots in them, so that NUL has to separate the parts of the path.
    const demanded = properties.getString("xds\0route_metadata\0filter_metadata\0" + this.config.route + "\0role");
    if (demanded === null) return Action.Continue;
    const role = properties.getString("metadata\0filter_metadata\0" + this.config.role.join("\0"));
    if (role === null) return respond(401, "nobody knows your role\n");
    return role == demanded ? Action.Continue : respond(403, "not for the role " + role + "\n");
  }
}
