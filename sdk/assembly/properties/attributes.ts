/**
 * The attributes that Envoy documents ("Attributes", under advanced in its documentation; `source/extensions/filters/common/expr/context.cc`), by name
 * and type. Each is one call of the proxy, so keep what is needed twice; what is not asked for takes no byte of the module.
 *
 *     const peer = attributes.connection.uriSanPeerCertificate;
 *     if (peer !== null) headers.set("x-peer", peer);
 *
 * What the proxy does not have now is null, for a number -1, and for a truth false.
 */
import { readProperty } from "../abi/properties";
import { Status } from "../abi/types";
import { release, resultAddress, resultLength } from "../memory/scratch";
import { literalBytes, literalLength, takeBytes, takeText, utf8 } from "../memory/text";

function read(path: usize): Status {
  return readProperty(literalBytes(path), literalLength(path));
}

function text(path: usize): string | null {
  return read(path) == Status.Ok ? takeText() : null;
}

function bytes(path: usize): Uint8Array | null {
  return read(path) == Status.Ok ? takeBytes() : null;
}

function integer(path: usize): i64 {
  if (read(path) != Status.Ok) return -1;
  const value = resultLength() == 8 ? load<i64>(resultAddress()) : -1;
  release(resultAddress());
  return value;
}

function boolean(path: usize): bool {
  if (read(path) != Status.Ok) return false;
  const value = resultLength() == 1 && load<u8>(resultAddress()) != 0;
  release(resultAddress());
  return value;
}

export namespace attributes {
  /** The request. What is made of its headers is there while the request's callbacks run, until the headers have gone on, and again in `onLog`. */
  export class request {
    /** The path and query, as it was sent. */
    static get path(): string | null { return text(utf8("request\0path")); }
    /** The path alone. */
    static get urlPath(): string | null { return text(utf8("request\0url_path")); }
    /** The query alone, `""` without one. */
    static get query(): string | null { return text(utf8("request\0query")); }
    /** The host, and the port where it is given. */
    static get host(): string | null { return text(utf8("request\0host")); }
    /** `http` or `https`. */
    static get scheme(): string | null { return text(utf8("request\0scheme")); }
    static get method(): string | null { return text(utf8("request\0method")); }
    static get referer(): string | null { return text(utf8("request\0referer")); }
    static get useragent(): string | null { return text(utf8("request\0useragent")); }
    /** The header `x-request-id`. */
    static get id(): string | null { return text(utf8("request\0id")); }
    /** `HTTP/1.0`, `HTTP/1.1`, `HTTP/2` or `HTTP/3`. */
    static get protocol(): string | null { return text(utf8("request\0protocol")); }
    /** When its first byte came, in nanoseconds since 1970. */
    static get time(): i64 { return integer(utf8("request\0time")); }
    /** How long it took, in nanoseconds; in `onLog`. */
    static get duration(): i64 { return integer(utf8("request\0duration")); }
    /** Bytes of the body: as `content-length` says, or those that have come. */
    static get size(): i64 { return integer(utf8("request\0size")); }
    /** Bytes that have come, with the headers but not HTTP's framing. */
    static get totalSize(): i64 { return integer(utf8("request\0total_size")); }
  }

  /** The response. */
  export class response {
    /** The status. There when the response's headers are. */
    static get code(): i64 { return integer(utf8("response\0code")); }
    /** What the response came of, as `via_upstream`. */
    static get codeDetails(): string | null { return text(utf8("response\0code_details")); }
    /** Bits that say what went wrong (envoy `stream_info.h`, `ResponseFlag`). */
    static get flags(): i64 { return integer(utf8("response\0flags")); }
    /** The status of gRPC; of other responses what their status would be there. */
    static get grpcStatus(): i64 { return integer(utf8("response\0grpc_status")); }
    /** Bytes of the body that have gone. */
    static get size(): i64 { return integer(utf8("response\0size")); }
    /** Bytes that have gone, with headers and trailers. */
    static get totalSize(): i64 { return integer(utf8("response\0total_size")); }
    /** From the first byte sent to the upstream to the last one received, in nanoseconds; in `onLog`. */
    static get backendLatency(): i64 { return integer(utf8("response\0backend_latency")); }
  }

  /** The client's end of the connection. */
  export class source {
    /** Address and port. */
    static get address(): string | null { return text(utf8("source\0address")); }
    static get port(): i64 { return integer(utf8("source\0port")); }
  }

  /** The proxy's end of the connection: where the client wanted to go. */
  export class destination {
    /** Address and port. */
    static get address(): string | null { return text(utf8("destination\0address")); }
    static get port(): i64 { return integer(utf8("destination\0port")); }
  }

  /** The connection to the client. What begins with TLS or a certificate is null without TLS. */
  export class connection {
    /** The proxy's number of it. */
    static get id(): i64 { return integer(utf8("connection\0id")); }
    /** Whether the client has shown a certificate. */
    static get mtls(): bool { return boolean(utf8("connection\0mtls")); }
    /** The name that the client asked for (SNI), `""` without one. Needs a listener with a TLS inspector, as Istio's have. */
    static get requestedServerName(): string | null { return text(utf8("connection\0requested_server_name")); }
    /** As `TLSv1.3`. */
    static get tlsVersion(): string | null { return text(utf8("connection\0tls_version")); }
    /** Subject of the proxy's certificate. */
    static get subjectLocalCertificate(): string | null { return text(utf8("connection\0subject_local_certificate")); }
    /** Subject of the client's certificate. */
    static get subjectPeerCertificate(): string | null { return text(utf8("connection\0subject_peer_certificate")); }
    /** First DNS name in the proxy's certificate. */
    static get dnsSanLocalCertificate(): string | null { return text(utf8("connection\0dns_san_local_certificate")); }
    /** First DNS name in the client's certificate. */
    static get dnsSanPeerCertificate(): string | null { return text(utf8("connection\0dns_san_peer_certificate")); }
    /** First URI in the proxy's certificate: in a mesh its SPIFFE id. */
    static get uriSanLocalCertificate(): string | null { return text(utf8("connection\0uri_san_local_certificate")); }
    /** First URI in the client's certificate: in a mesh its SPIFFE id. */
    static get uriSanPeerCertificate(): string | null { return text(utf8("connection\0uri_san_peer_certificate")); }
    /** Digest of the client's certificate, in hex. */
    static get sha256PeerCertificateDigest(): string | null { return text(utf8("connection\0sha256_peer_certificate_digest")); }
    /** Why TLS failed. */
    static get transportFailureReason(): string | null { return text(utf8("connection\0transport_failure_reason")); }
    /** Why the proxy closed it. */
    static get terminationDetails(): string | null { return text(utf8("connection\0termination_details")); }
  }

  /** The host that the request goes to. There once it was chosen: in the response's callbacks and `onLog`. */
  export class upstream {
    /** Address and port. */
    static get address(): string | null { return text(utf8("upstream\0address")); }
    static get port(): i64 { return integer(utf8("upstream\0port")); }
    /** The proxy's end: address and port. */
    static get localAddress(): string | null { return text(utf8("upstream\0local_address")); }
    /** As `TLSv1.3`. */
    static get tlsVersion(): string | null { return text(utf8("upstream\0tls_version")); }
    /** Subject of the proxy's certificate. */
    static get subjectLocalCertificate(): string | null { return text(utf8("upstream\0subject_local_certificate")); }
    /** Subject of the upstream's certificate. */
    static get subjectPeerCertificate(): string | null { return text(utf8("upstream\0subject_peer_certificate")); }
    /** First DNS name in the proxy's certificate. */
    static get dnsSanLocalCertificate(): string | null { return text(utf8("upstream\0dns_san_local_certificate")); }
    /** First DNS name in the upstream's certificate. */
    static get dnsSanPeerCertificate(): string | null { return text(utf8("upstream\0dns_san_peer_certificate")); }
    /** First URI in the proxy's certificate. */
    static get uriSanLocalCertificate(): string | null { return text(utf8("upstream\0uri_san_local_certificate")); }
    /** First URI in the upstream's certificate. */
    static get uriSanPeerCertificate(): string | null { return text(utf8("upstream\0uri_san_peer_certificate")); }
    /** Digest of the upstream's certificate, in hex. */
    static get sha256PeerCertificateDigest(): string | null { return text(utf8("upstream\0sha256_peer_certificate_digest")); }
    /** Why the connection failed, `""` if it did not. */
    static get transportFailureReason(): string | null { return text(utf8("upstream\0transport_failure_reason")); }
    /** How often the request was tried. */
    static get requestAttemptCount(): i64 { return integer(utf8("upstream\0request_attempt_count")); }
    /** How long it waited for a connection, in nanoseconds. */
    static get cxPoolReadyDuration(): i64 { return integer(utf8("upstream\0cx_pool_ready_duration")); }
    /** Hosts of the cluster. */
    static get numEndpoints(): i64 { return integer(utf8("upstream\0num_endpoints")); }
  }

  /** What the proxy was configured with. */
  export class xds {
    /** The cluster that the request goes to. */
    static get clusterName(): string | null { return text(utf8("xds\0cluster_name")); }
    /** The name of the route, `""` without one. */
    static get routeName(): string | null { return text(utf8("xds\0route_name")); }
    /** The name of the virtual host. */
    static get virtualHostName(): string | null { return text(utf8("xds\0virtual_host_name")); }
    /** The name of the listener's chain of filters, `""` without one. */
    static get filterChainName(): string | null { return text(utf8("xds\0filter_chain_name")); }
    /** 0 unspecified, 1 inbound, 2 outbound. */
    static get listenerDirection(): i64 { return integer(utf8("xds\0listener_direction")); }
    /** Metadata, as protobuf (`envoy.config.core.v3.Metadata`); by path `properties` reads into it. */
    static get clusterMetadata(): Uint8Array | null { return bytes(utf8("xds\0cluster_metadata")); }
    /** Metadata, as protobuf (`envoy.config.core.v3.Metadata`); by path `properties` reads into it. */
    static get routeMetadata(): Uint8Array | null { return bytes(utf8("xds\0route_metadata")); }
    /** Metadata, as protobuf (`envoy.config.core.v3.Metadata`); by path `properties` reads into it. */
    static get virtualHostMetadata(): Uint8Array | null { return bytes(utf8("xds\0virtual_host_metadata")); }
    /** Metadata, as protobuf (`envoy.config.core.v3.Metadata`); by path `properties` reads into it. */
    static get listenerMetadata(): Uint8Array | null { return bytes(utf8("xds\0listener_metadata")); }
    /** Metadata, as protobuf (`envoy.config.core.v3.Metadata`); by path `properties` reads into it. */
    static get upstreamHostMetadata(): Uint8Array | null { return bytes(utf8("xds\0upstream_host_metadata")); }
    /** Metadata, as protobuf (`envoy.config.core.v3.Metadata`); by path `properties` reads into it. */
    static get upstreamHostLocalityMetadata(): Uint8Array | null { return bytes(utf8("xds\0upstream_host_locality_metadata")); }
  }

  /** The proxy itself. */
  export class node {
    /** In Istio `sidecar~ADDRESS~POD.NAMESPACE~DOMAIN`. */
    static get id(): string | null { return text(utf8("xds\0node\0id")); }
    /** The service that it stands for. */
    static get cluster(): string | null { return text(utf8("xds\0node\0cluster")); }
  }

  /** The plugin that the filter runs as. */
  export class plugin {
    /** `PluginConfig.name`. */
    static get name(): string | null { return text(utf8("plugin_name")); }
    static get rootId(): string | null { return text(utf8("plugin_root_id")); }
    static get vmId(): string | null { return text(utf8("plugin_vm_id")); }
  }
}
