/**
 * The WebAssembly API, typed as far as it is used here: TypeScript declares it in its DOM library only,
 * which a package that also runs in Node does not want.
 */
export interface Engine {
  compile(bytes: Uint8Array): Promise<CompiledModule>;
  instantiate(module: CompiledModule, imports: Record<string, Record<string, unknown>>): Promise<Instance>;
  readonly Memory: new (limits: { initial: number; maximum?: number }) => LinearMemory;
  readonly Table: new (type: { element: "anyfunc"; initial: number }) => object;
}

/** A compiled module; one may be shared by any number of VMs. */
export type CompiledModule = object & { readonly __compiled?: never };

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

export type GuestFunction = (...args: number[]) => number | undefined;

/** The engine of the platform: V8 in Node and Envoy, others in browsers. */
export const engine: Engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
