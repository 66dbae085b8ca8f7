import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createAuthority, issue } from "../../../controller/src/discovery/certificates.ts";
import { Envoy, requirePart } from "../../stack/index.ts";
import { cluster, listener } from "../same-answer/envoy-config.ts";
import { FiltersInEnvoy } from "./filters-in-envoy.ts";

const number = expect.stringMatching(/^\d+$/);
const positive = expect.stringMatching(/^[1-9]\d*$/);
const address = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
const time = expect.stringMatching(/^1\d{18}$/);
const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
const issued = "CN=asmfilter-controller";
const NONE = "(null)";

/** Each accessor with what it gives where it is asked for. */
const ATTRIBUTES: Record<
  "text" | "integer" | "boolean" | "bytes",
  Record<string, [callback: string, value: unknown]>
> = {
  text: {
    "request.path": ["request", "/p?q=1"],
    "request.urlPath": ["request", "/p"],
    "request.query": ["request", "q=1"],
    "request.host": ["request", "names.test"],
    "request.scheme": ["request", "https"],
    "request.method": ["request", "GET"],
    "request.referer": ["request", "there"],
    "request.useragent": ["request", "me"],
    "request.id": ["request", "42"],
    "request.protocol": ["request", "HTTP/1.1"],
    "response.codeDetails": ["response", "via_upstream"],
    "source.address": ["request", address],
    "destination.address": ["request", address],
    "connection.requestedServerName": ["request", "front.test"],
    "connection.tlsVersion": ["request", "TLSv1.3"],
    "connection.subjectLocalCertificate": ["request", issued],
    "connection.subjectPeerCertificate": ["request", issued],
    "connection.dnsSanLocalCertificate": ["request", "front.test"],
    "connection.dnsSanPeerCertificate": ["request", "client.test"],
    "connection.uriSanLocalCertificate": ["request", NONE],
    "connection.uriSanPeerCertificate": ["request", NONE],
    "connection.sha256PeerCertificateDigest": ["request", digest],
    "connection.transportFailureReason": ["request", NONE],
    "connection.terminationDetails": ["request", NONE],
    "upstream.address": ["response", address],
    "upstream.localAddress": ["response", address],
    "upstream.tlsVersion": ["response", "TLSv1.2"],
    "upstream.subjectLocalCertificate": ["response", issued],
    "upstream.subjectPeerCertificate": ["response", issued],
    "upstream.dnsSanLocalCertificate": ["response", "front.test"],
    "upstream.dnsSanPeerCertificate": ["response", "users.test"],
    "upstream.uriSanLocalCertificate": ["response", NONE],
    "upstream.uriSanPeerCertificate": ["response", NONE],
    "upstream.sha256PeerCertificateDigest": ["response", digest],
    "upstream.transportFailureReason": ["response", ""],
    "xds.clusterName": ["request", "asks"],
    "xds.routeName": ["request", ""],
    "xds.virtualHostName": ["request", "all"],
    "xds.filterChainName": ["request", "the-chain"],
    "node.id": ["request", "the-node"],
    "node.cluster": ["request", "the-cluster"],
    "plugin.name": ["request", "asks"],
    "plugin.rootId": ["request", "asks"],
    "plugin.vmId": ["request", "asks"],
  },
  integer: {
    "request.time": ["request", time],
    "request.duration": ["log", positive],
    "request.size": ["log", "0"],
    "request.totalSize": ["request", positive],
    "response.code": ["response", "201"],
    "response.flags": ["log", "0"],
    "response.grpcStatus": ["response", "2"],
    "response.size": ["log", "5"],
    "response.totalSize": ["log", positive],
    "response.backendLatency": ["log", positive],
    "source.port": ["request", positive],
    "destination.port": ["request", positive],
    "connection.id": ["request", number],
    "upstream.port": ["response", positive],
    "upstream.requestAttemptCount": ["response", "1"],
    "upstream.cxPoolReadyDuration": ["response", positive],
    "upstream.numEndpoints": ["response", "1"],
    "xds.listenerDirection": ["request", "2"],
  },
  boolean: { "connection.mtls": ["request", "true"] },
  bytes: {
    "xds.clusterMetadata": ["request", "0"],
    "xds.routeMetadata": ["request", "0"],
    "xds.virtualHostMetadata": ["request", "0"],
    "xds.listenerMetadata": ["request", positive],
    "xds.upstreamHostMetadata": ["response", NONE],
    "xds.upstreamHostLocalityMetadata": ["response", NONE],
  },
};
const entries = Object.entries(ATTRIBUTES).flatMap(([type, each]) =>
  Object.entries(each).map(([name, [callback, value]]) => ({ type, name, callback, value })),
);

const asking = (callback: string) =>
  entries
    .filter((each) => each.callback === callback)
    .map(
      ({ type, name }) =>
        `say("${name}", ${type === "text" || type === "bytes" ? type : ""}(attributes.${name})${type === "integer" || type === "boolean" ? ".toString()" : ""});`,
    )
    .join("\n");

const FILTERS = `
import { Action, attributes, filter, Headers, HttpFilter, log, properties, root, RootContext } from "@asmfilter/sdk";

function say(name: string, value: string): void { log.info(name + "=" + value); }
function text(value: string | null): string { return value === null ? "${NONE}" : value; }
function bytes(value: Uint8Array | null): string { return value === null ? "${NONE}" : value.length.toString(); }
function pairs(value: string[][] | null): string {
  return value === null ? "${NONE}" : value.map<string>((pair) => pair.join(":")).sort().join(" ");
}

@root("asks")
class Root extends RootContext {
  onConfigure(): bool {
    say("root id", text(attributes.plugin.rootId) + " " + text(attributes.node.id) + " " + text(attributes.request.path)
      + " " + attributes.request.size.toString() + " " + properties.setString("mine", "x").toString());
    return true;
  }
}

@filter("asks")
class Asks extends HttpFilter {
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    ${asking("request")}
    say("headers", pairs(properties.getPairs("request.headers")));
    say("node metadata", pairs(properties.getPairs("xds.node.metadata")) + text(properties.getString("xds.node.metadata.a")));
    say("number", properties.getDouble("xds.node.metadata.n", -1).toString() + properties.getDouble("nobody", -1).toString());
    say("listener", text(properties.getString("xds.listener_metadata.filter_metadata.mine.who")));
    say("missing", pairs(properties.getPairs("nobody")) + text(attributes.upstream.address) + attributes.upstream.port.toString());
    const b = new Uint8Array(2);
    b[0] = 0xfe;
    say("set", properties.setString("mine.own", "é").toString() + text(properties.getString("mine.own\\0"))
      + properties.setBytes("raw", b).toString() + bytes(properties.getBytes("raw"))
      + text(properties.getString("filter_state\\0wasm.mine.own")));
    return Action.Continue;
  }
  onResponseHeaders(headers: Headers, endOfStream: bool): Action {
    ${asking("response")}
    say("gone on", text(attributes.request.path));
    return Action.Continue;
  }
  onLog(): void {
    ${asking("log")}
    say("back", text(attributes.request.path) + text(properties.getString("mine.own\\0")));
  }
}
`;

let envoy: FiltersInEnvoy;
const server = createServer();
const said = new Map<string, string>();

beforeEach((context) => requirePart(context, Envoy));
beforeAll(async () => {
  if (Envoy.missing()) return;
  const authority = await createAuthority();
  const pair = (host: string) => issue(authority, [host]).then(({ certificate, key }) => ({ cert: certificate, key }));
  const [front, client, users] = await Promise.all(["front.test", "client.test", "users.test"].map(pair));
  server.setSecureContext({ ...users, ca: authority.certificate });
  server.on("request", (_request, response) => response.writeHead(201).end("hello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const common_tls_context = {
    tls_certificates: [
      { certificate_chain: { inline_string: front!.cert }, private_key: { inline_string: front!.key } },
    ],
    validation_context: {
      trusted_ca: { inline_string: authority.certificate },
      trust_chain_verification: "ACCEPT_UNTRUSTED",
    },
  };
  const tls = (name: string, more: object) => ({
    name: "tls",
    typed_config: {
      "@type": `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${name}`,
      common_tls_context,
      ...more,
    },
  });
  const upstream = cluster("asks", (server.address() as AddressInfo).port);
  envoy = await FiltersInEnvoy.start(FILTERS, {
    clusters: [{ ...upstream, transport_socket: tls("UpstreamTlsContext", { sni: "users.test" }) } as typeof upstream],
    listeners: (module) => {
      const { "@type": _, ...config } = listener("asks", module, {
        name: "",
        steps: [],
        rootID: "asks",
      }) as ListenerConfig;
      const [chain] = config.filter_chains;
      const secured = {
        ...chain,
        name: "the-chain",
        transport_socket: tls("DownstreamTlsContext", { require_client_certificate: true }),
      };
      const metadata = { filter_metadata: { mine: { who: "listener" } } };
      const inspector = {
        "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
      };
      // Without it Envoy does not know which name was asked for.
      const listener_filters = [{ name: "inspector", typed_config: inspector }];
      return [{ ...config, listener_filters, traffic_direction: "OUTBOUND", metadata, filter_chains: [secured] }];
    },
    bootstrap: { node: { id: "the-node", cluster: "the-cluster", metadata: { a: "b", n: 2.5 } } },
  });
  const outgoing = request({
    ...{ host: "127.0.0.1", port: await envoy.port("asks"), path: "/p?q=1", servername: "front.test" },
    ...{ ...client, ca: authority.certificate, agent: false, checkServerIdentity: () => undefined },
    headers: { host: "names.test", referer: "there", "user-agent": "me", "x-request-id": "42" },
  }).end();
  const [response] = await once(outgoing, "response");
  await once(response.resume(), "end");
  await vi.waitFor(() => expect(envoy.lines("asks").at(-1)).toMatch("back="), 5000);
  for (const line of envoy.lines("asks")) {
    const [, name = "", value = ""] = /^info: ([^=]*)=(.*)$/s.exec(line) ?? [];
    said.set(name, value);
  }
});
afterAll(async () => {
  await envoy?.stop();
  server.close();
});

interface ListenerConfig {
  "@type": string;
  filter_chains: object[];
}

describe("attributes over TLS in both directions", () => {
  test.each(entries)("$name in $callback", ({ name, value }) => {
    expect(said.get(name)).toEqual(value);
  });
});

test("what is made of the request's headers is gone while the response comes, and back in onLog", () => {
  expect([said.get("gone on"), said.get("back")]).toEqual([NONE, "/p?q=1é"]);
});

test("what is not there is null, -1 or the fallback, and a root has what belongs to no stream", () => {
  expect(said.get("missing")).toBe(`${NONE}${NONE}-1`);
  // Status.NotFound: there is no stream to set a property of.
  expect(said.get("root id")).toBe(`asks the-node ${NONE} -1 1`);
});

test("maps come as pairs, and what lies in messages is found by its path", () => {
  expect(said.get("headers")).toMatch(/:authority:names\.test .*referer:there/);
  expect(said.get("node metadata")).toMatch(/^.*a:.*b$/s);
  expect([said.get("number"), said.get("listener")]).toEqual(["2.5-1.0", "listener"]);
});

test("properties of one's own are read by their path, and in the filter state with a prefix", () => {
  expect(said.get("set")).toBe("0é02é");
});
