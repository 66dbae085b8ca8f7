import { Status } from "../abi/types";
import { callForeignFunction, ForeignResult } from "./call";
import { findBytes, MessageWriter } from "./message";

/** For how long Envoy keeps a state. */
export enum LifeSpan {
  /** For the chain of filters: an HTTP request, or a TCP connection. */
  FilterChain = 0,
  /** For the request, with all that is made of it inside of Envoy. */
  Request = 1,
  /** For the connection to the client, so that its later requests find it. */
  Connection = 2,
}

/** What a property of one's own holds, for those who read it by an expression or in a log. */
export enum PropertyType {
  Bytes = 0,
  Text = 1,
  FlatBuffers = 2,
  Protobuf = 3,
}

/** What Envoy can do beside the ABI (envoy `source/extensions/common/wasm/foreign.cc`). Other proxies have none of it. */
export namespace envoy {
  /**
   * Has the route chosen anew, before the request's headers have gone on: when {@link setFilterState} has set what it depends on. A change of
   * the request's headers does that by itself.
   */
  export function clearRouteCache(): Status {
    return callForeignFunction<string>("clear_route_cache", "").status;
  }

  /** A `string` or `Uint8Array` in zlib's format (RFC 1950: not gzip). Null if it fails. */
  export function compress<T>(content: T): Uint8Array | null {
    return answerOf(callForeignFunction<T>("compress", content));
  }

  /** What {@link compress} was given; null if it is damaged. Envoy sets no limit to what comes out: do not give it what a stranger sent. */
  export function uncompress(compressed: Uint8Array): Uint8Array | null {
    return answerOf(callForeignFunction<Uint8Array>("uncompress", compressed));
  }

  /**
   * Whether a signature fits: {@link Status.Ok} if so. {@link Status.ResultMismatch} if not, also where the hash or a key in PEM is none that
   * Envoy knows; {@link Status.BadArgument} for no key at all.
   * @param hash `sha1`, `sha224`, `sha256`, `sha384` or `sha512`
   * @param publicKey DER (SubjectPublicKeyInfo) as `Uint8Array`, or PEM as `string`
   * @param text what was signed, a `string` or `Uint8Array`
   */
  export function verifySignature<K, T>(hash: string, publicKey: K, signature: Uint8Array, text: T): Status {
    const message = new MessageWriter();
    message.content<string>(1, hash);
    message.content<K>(isString<K>() ? 5 : 2, publicKey);
    message.content<Uint8Array>(3, signature);
    message.content<T>(4, text);
    const answer = callForeignFunction<Uint8Array>("verify_signature", message.finish());
    if (answer.status != Status.Ok) return answer.status;
    // A field that is false is not written, so the truth would be the first byte.
    return answer.bytes.length && answer.bytes[0] == 8 ? Status.Ok : Status.ResultMismatch;
  }

  /**
   * Signs a `string` or `Uint8Array`; null if the key or the hash is none that Envoy knows.
   * @param privateKey DER (PKCS #8) as `Uint8Array`, or PEM as `string`
   */
  export function sign<K, T>(hash: string, privateKey: K, text: T): Uint8Array | null {
    const message = new MessageWriter();
    message.content<string>(1, hash);
    message.content<K>(isString<K>() ? 4 : 2, privateKey);
    message.content<T>(3, text);
    const answer = callForeignFunction<Uint8Array>("sign", message.finish());
    return answer.status == Status.Ok ? findBytes(answer.bytes, 2) : null;
  }

  /**
   * Sets a state that Envoy's own filters read, as `envoy.tcp_proxy.cluster`, of those that can be made of a text ("Well known filter state
   * objects" in its documentation). {@link Status.NotFound} for others, {@link Status.BadArgument} for a text that none can be made of.
   */
  export function setFilterState(name: string, value: string, span: LifeSpan = LifeSpan.FilterChain): Status {
    const message = new MessageWriter();
    message.content<string>(1, name);
    message.content<string>(2, value);
    message.number(3, <u8>span);
    return callForeignFunction<Uint8Array>("set_envoy_filter_state", message.finish()).status;
  }

  /**
   * Says what a property of one's own is, before it is set by {@link properties.setString}: from `onConfigure`, once for each name. Again it is
   * {@link Status.BadArgument}.
   * @param readOnly whether it can be set only once
   * @param schema of FlatBuffers the schema, of protobuf the type's URL
   */
  export function declareProperty(
    name: string, type: PropertyType, span: LifeSpan = LifeSpan.FilterChain, readOnly: bool = false, schema: Uint8Array | null = null): Status {
    const message = new MessageWriter();
    message.content<string>(1, name);
    message.number(2, <u8>readOnly);
    message.number(3, <u8>type);
    if (schema !== null) message.content<Uint8Array>(4, schema);
    message.number(5, <u8>span);
    return callForeignFunction<Uint8Array>("declare_property", message.finish()).status;
  }
}

function answerOf(result: ForeignResult): Uint8Array | null {
  return result.status == Status.Ok ? result.bytes : null;
}
