import { Status } from "./abi/index.ts";
import type { PropertyValue } from "./properties.ts";

/** What `declare_property` says of a property that a guest will set. */
export interface PropertyDeclaration {
  /** It can be set once only. */
  readonly readOnly: boolean;
}

/** What filters leave for others on a stream or connection: by `proxy_set_property`, and by `set_envoy_filter_state`. */
export class FilterState {
  #objects: Map<string, Uint8Array> | undefined;

  /** Sets what the guest reads back as a property of that path. Other filters find it under `wasm.` and the path. */
  setProperty(path: string, value: Uint8Array, declaration: PropertyDeclaration | undefined): Status {
    const key = `wasm.${path}`;
    if (declaration?.readOnly && this.#objects?.has(key)) return Status.BadArgument;
    this.set(key, value);
    return Status.Ok;
  }

  set(key: string, value: Uint8Array): void {
    this.#objects ??= new Map();
    this.#objects.set(key, value);
  }

  get(key: string): Uint8Array | undefined {
    return this.#objects?.get(key);
  }

  /** A property that was set, or `filter_state` and the full key. */
  property(parts: readonly string[]): PropertyValue | undefined {
    const [first = "", key] = parts;
    if (!this.#objects) return undefined;
    // What the guest set is bytes, which have no parts.
    if (parts.length === 1 && this.#objects.has(`wasm.${first}`)) return this.get(`wasm.${first}`);
    return parts.length === 2 && first === "filter_state" ? this.get(key!) : undefined;
  }

  /** All of it as text, by full key. */
  texts(): ReadonlyMap<string, string> {
    const decoder = new TextDecoder();
    return new Map([...(this.#objects ?? [])].map(([key, value]) => [key, decoder.decode(value)]));
  }
}
