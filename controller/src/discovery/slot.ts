import type { ProxyStream } from "./stream.ts";

/**
 * What the proxies of one resource are to run. Two contents with one version are the same, on every replica and after every restart:
 * a proxy that comes back with the version that it runs is not sent it again.
 */
export interface SlotContent {
  readonly version: string;
  /** The `TypedExtensionConfig` in bytes. Called when a proxy needs it, not before; may read the module from disk. */
  readonly encode: () => Promise<Uint8Array>;
}

/** A content that was published. The nonce differs each time, so that an answer is never taken for one to an earlier content. */
export interface Offer {
  readonly content: SlotContent;
  readonly nonce: string;
}

/** What one proxy said of a resource. */
export interface ProxyEvidence {
  /** Envoy's node id: `sidecar~IP~POD.NAMESPACE~DOMAIN` in a mesh. */
  readonly node: string;
  /** The version that it acknowledged last. */
  readonly running?: string;
  /** The version that it refused last, with Envoy's reason. It goes on with `running`. */
  readonly refused?: { readonly version: string; readonly message: string };
}

/** A resource as the server knows it: its content, once there is one, and the streams that ask for it. */
export class Slot {
  readonly key: string;
  readonly streams = new Set<ProxyStream>();
  offer: Offer | undefined;
  /** The last offer that a proxy acknowledged. Proxies that start while a newer one is refused get this: they have none to go on with. */
  proven: Offer | undefined;
  /** The uid of the resource that the content is of. Streams of another one are not answered. */
  uid: string | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** What the proxies said of the resource with this uid. */
  evidence(uid: string): ProxyEvidence[] {
    return [...this.streams].filter((stream) => stream.uid === uid).map((stream) => stream.evidence());
  }
}

/** The pod of a node id, where it has one: `sidecar~IP~POD.NAMESPACE~DOMAIN` (Istio, pilot/pkg/model/context.go). */
export function podOf(node: string): { namespace: string; name: string } | undefined {
  const id = node.split("~")[2] ?? "";
  // A pod's name may hold dots, a namespace never does.
  const dot = id.lastIndexOf(".");
  return dot <= 0 ? undefined : { name: id.slice(0, dot), namespace: id.slice(dot + 1) };
}
