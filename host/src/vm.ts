import type { LogLevel } from "./abi/index.ts";
import { type Callbacks, findCallbacks, type GuestCallback } from "./callbacks.ts";
import { Context } from "./context.ts";
import { engine, type GuestFunction, type LinearMemory } from "./engine.ts";
import { AsmFilterError } from "./errors.ts";
import type { Host } from "./host.ts";
import { linkImports, RestrictedCallback } from "./imports/index.ts";
import { isLogged } from "./log.ts";
import { Memory } from "./memory.ts";
import type { FilterModule } from "./module.ts";
import type { RootContext } from "./root-context.ts";
import { MetricIDs } from "./shared/index.ts";

export interface VmOptions {
  /** Scopes shared data and queues. */
  readonly id: string;
  readonly configuration: Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
}

/** How much a guest may call: while it starts, while it allocates for the host, and otherwise. */
export type Phase = "running" | "starting" | "allocating";

/**
 * One instance of a module, with the contexts that live in it. A trap in any of them fails it for all
 * (proxy-wasm-cpp-host, src/wasm.cc and src/v8/v8.cc).
 */
export class Vm {
  readonly host: Host;
  readonly module: FilterModule;
  readonly id: string;
  readonly configuration: Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
  readonly metrics: MetricIDs;
  /** Roots whose `proxy_on_done` asked to wait for `proxy_done`. */
  readonly pendingDone = new Set<RootContext>();
  /** Set by a local response: whatever the running callback returns, iteration stops. */
  stopsIteration = false;
  phase: Phase = "running";
  memory!: Memory;
  callbacks!: Callbacks;
  /** Why the VM can no longer be used. */
  failure: string | undefined;
  #malloc!: GuestFunction;
  #current: Context;
  #effective: Context | undefined;
  readonly #own: Context;
  readonly #contexts = new Map<number, Context>();
  readonly #afterCall: (() => void)[] = [];
  #lastContextID = 0;
  readonly #lastCallID = { http: 0, grpcCall: 1, grpcStream: 2 };

  private constructor(host: Host, module: FilterModule, options: VmOptions) {
    this.host = host;
    this.module = module;
    this.id = options.id;
    this.configuration = options.configuration;
    this.environment = options.environment;
    this.metrics = new MetricIDs(host.metrics);
    this.#own = new Context(this, 0);
    this.#current = this.#own;
  }

  /**
   * Instantiates the module and runs its start functions.
   * @throws AsmFilterError `ASMF_MODULE_LINK` where the proxy would not load it, `ASMF_FILTER_START_FAILED` where it traps.
   */
  static async start(host: Host, module: FilterModule, options: VmOptions): Promise<Vm> {
    const vm = new Vm(host, module, options);
    const { imports, memory } = linkImports(vm);
    const { exports } = await engine.instantiate(module.compiled, imports);
    vm.#attach(exports, memory);
    vm.#runStartFunctions(exports);
    if (vm.failed) throw startFailed(vm.failure!);
    return vm;
  }

  get failed(): boolean {
    return this.failure !== undefined;
  }

  /** The context that host functions work on now. */
  get context(): Context {
    return this.#effective ?? this.#current;
  }

  /** The context whose callback is running. */
  get calledContext(): Context {
    return this.#current;
  }

  /** Makes another context the one that host functions work on, until the running callback returns. */
  setEffectiveContext(id: number): boolean {
    const context = this.#contexts.get(id);
    if (context) this.#effective = context;
    return context !== undefined;
  }

  /** The id of the context that was made last. */
  get lastContextID(): number {
    return this.#lastContextID;
  }

  nextContextID(): number {
    this.#lastContextID += 1;
    return this.#lastContextID;
  }

  /** The low two bits of an id tell what kind of call it is. */
  nextCallID(kind: "http" | "grpcCall" | "grpcStream"): number {
    this.#lastCallID[kind] += 4;
    return this.#lastCallID[kind];
  }

  add(context: Context): void {
    this.#contexts.set(context.id, context);
  }

  has(context: Context): boolean {
    return this.#contexts.get(context.id) === context;
  }

  remove(context: Context): void {
    this.#contexts.delete(context.id);
    if (this.#effective === context) this.#effective = undefined;
  }

  /** Calls the guest. A trap fails the VM and gives 0. */
  call(context: Context, callback: GuestCallback, a = 0, b = 0, c = 0, d = 0, e = 0): number {
    const current = this.#current;
    const effective = this.#effective;
    this.#current = context;
    this.#effective = undefined;
    try {
      return (callback.run(a, b, c, d, e) ?? 0) >>> 0;
    } catch (error) {
      this.fail(callback.name, error);
      return 0;
    } finally {
      this.#current = current;
      this.#effective = effective;
    }
  }

  /** Keeps an action until the running callback has returned, since it may call into the guest again. */
  defer(action: () => void): void {
    this.#afterCall.push(action);
  }

  /** Runs what was deferred. To be called after {@link call}, once its result has been looked at. */
  afterCall(): void {
    this.stopsIteration = false;
    for (let action = this.#afterCall.shift(); action; action = this.#afterCall.shift()) action();
  }

  /** The address of `size` bytes that the guest's allocator gave, or 0. */
  allocate(size: number): number {
    const phase = this.phase;
    const current = this.#current;
    const effective = this.#effective;
    this.phase = "allocating";
    this.#current = this.#own;
    this.#effective = undefined;
    try {
      const address = (this.#malloc(size) ?? 0) >>> 0;
      return this.memory.fits(address, size) ? address : 0;
    } catch (error) {
      this.fail("malloc", error);
      return 0;
    } finally {
      this.phase = phase;
      this.#current = current;
      this.#effective = effective;
    }
  }

  fail(callback: string, error: unknown): void {
    const reason = error instanceof Error ? `Uncaught ${error.name}: ${error.message}` : String(error);
    const text = error instanceof RestrictedCallback ? error.message : reason;
    this.failure = `Function: ${callback} failed: ${text}`;
    this.log("error", this.failure, "proxy");
  }

  log(level: LogLevel, message: string, source: "guest" | "proxy"): void {
    if (!isLogged(level, this.host.logLevel)) return;
    this.host.log({ level, message, source, vmID: this.id, contextID: this.context.id });
  }

  #attach(exports: Readonly<Record<string, unknown>>, imported: LinearMemory | undefined): void {
    const memory = imported ?? Object.values(exports).find(isMemory);
    if (!memory) throw linkFailed("the module exports no memory", "Export its memory under the name `memory`.");
    this.memory = new Memory(memory);
    const malloc = exports.malloc ?? exports.proxy_on_memory_allocate;
    if (typeof malloc !== "function") {
      throw linkFailed(
        "the module exports neither malloc nor proxy_on_memory_allocate",
        "The proxy needs an allocator to hand over header values and bodies; every proxy-wasm SDK exports one.",
      );
    }
    this.#malloc = malloc as GuestFunction;
    this.callbacks = findCallbacks(this.module.metadata, exports);
  }

  #runStartFunctions(exports: Readonly<Record<string, unknown>>): void {
    const names = typeof exports._initialize === "function" ? ["_initialize", mainOf(exports)] : ["_start"];
    this.phase = "starting";
    for (const name of names) {
      const run = exports[name];
      if (typeof run !== "function" || this.failed) continue;
      this.call(this.#own, { name, run: run as GuestFunction });
    }
    this.phase = "running";
  }
}

function mainOf(exports: Readonly<Record<string, unknown>>): string {
  return typeof exports.main === "function" ? "main" : "__main_void";
}

function isMemory(value: unknown): value is LinearMemory {
  return value instanceof engine.Memory;
}

function linkFailed(message: string, hint: string): AsmFilterError {
  return new AsmFilterError("ASMF_MODULE_LINK", message, { hint });
}

function startFailed(reason: string): AsmFilterError {
  return new AsmFilterError("ASMF_FILTER_START_FAILED", `the module could not start: ${reason}`, {
    hint: "While it starts (_initialize, main, _start) a module may only log and use parts of WASI; do the rest in onStart.",
  });
}
