import { AsmFilterError } from "../errors.ts";
import type { HttpStream } from "../http/index.ts";
import type { LogRecord } from "../log.ts";
import type { FilterModule } from "../module.ts";
import { Plugin } from "../plugin.ts";
import type { PluginConfiguration } from "../plugin-configuration.ts";
import type { Properties } from "../properties.ts";
import type { Metrics, SharedData } from "../shared/index.ts";
import type { Vm, VmOptions } from "../vm.ts";
import { type ConnectOptions, TestedConnection } from "./connection.ts";
import { Exchange } from "./exchange.ts";
import { piecesOf, toBytes, toHeaderMap } from "./message.ts";
import { type Reply, replyOf } from "./reply.ts";
import { type RequestInit, sendBody, sendRequest } from "./request.ts";
import { responseHeaders, type ScriptedClusters, type Service, type ServiceResponse } from "./services.ts";
import { ControlledStream } from "./stream.ts";
import type { TestHost } from "./test-host.ts";

/** Real milliseconds that a stream may wait in the filter while nothing is under way that could resume it. */
const patience = 1000;

/** What a filter's streams have around them. */
export interface Around {
  readonly upstream?: Service;
  readonly properties?: Properties;
  readonly bufferLimit?: number;
}

/** A filter under test; {@link load} makes it. */
export class TestedFilter {
  readonly #host: TestHost;
  readonly #plugin: Plugin;
  readonly #around: Around;
  #configuration: PluginConfiguration;
  #closed = false;

  private constructor(host: TestHost, plugin: Plugin, configuration: PluginConfiguration, around: Around) {
    this.#host = host;
    this.#plugin = plugin;
    this.#configuration = configuration;
    this.#around = around;
  }

  static async start(
    host: TestHost,
    module: FilterModule,
    vmOptions: VmOptions,
    configuration: PluginConfiguration,
    around: Around,
    startVm: () => Promise<Vm>,
  ): Promise<TestedFilter> {
    const plugin = await explained(host, () => Plugin.start(host, module, vmOptions, configuration, startVm));
    return new TestedFilter(host, plugin, configuration, around);
  }

  /** All that was logged since the filter was loaded, also by other filters in its VM. */
  get logs(): readonly LogRecord[] {
    return this.#host.logs;
  }

  /** The metrics that the filter defined, by name. */
  get metrics(): Metrics {
    return this.#host.metrics;
  }

  /** The data that the filter shares with itself and others. */
  get sharedData(): SharedData {
    return this.#host.sharedData;
  }

  /** Whether the filter's VM is in order: false after a trap. */
  get healthy(): boolean {
    return !this.#plugin.root.vm.failed;
  }

  /**
   * Sends a request through the filter to the scripted upstream, and the answer back through it.
   * @throws AsmFilterError `ASMF_STREAM_PAUSED` where the filter paused the stream and nothing resumes it.
   */
  async request(init: RequestInit = {}): Promise<Reply> {
    this.#checkOpen();
    await this.#plugin.heal();
    const { promise, resolve, reject } = withResolvers<void>();
    const exchange: Exchange = new Exchange(
      () => void this.#answer(exchange, stream, init.upstream ?? this.#around.upstream ?? {}).catch(reject),
      resolve,
    );
    const stream = this.#open(exchange, init.properties);
    const firstLog = this.#host.logs.length;
    const contextID = this.#plugin.root.vm.lastContextID;
    sendRequest(stream, init);
    const watch = this.#watch(stream, this.#host.clusters, reject);
    await promise.finally(() => clearInterval(watch));
    const logs = this.#host.logs.slice(firstLog).filter((record) => record.contextID === contextID);
    return replyOf(exchange, stream.details, logs);
  }

  /**
   * A stream to drive callback by callback; there is no upstream but you. After a trap it is met by what the failure policy
   * says; only {@link request} waits for the VM that `FailReload` loads anew.
   */
  stream(properties: Properties = {}): ControlledStream {
    this.#checkOpen();
    const exchange = new Exchange(
      () => {},
      () => {},
    );
    return new ControlledStream(this.#open(exchange, properties), exchange);
  }

  /**
   * Opens a TCP connection through the filter to an upstream, both ends of which the test holds. After a trap it is met
   * as a {@link stream} is.
   *
   *     const connection = filter.connect();
   *     connection.send("hello");
   *     expect(connection.upstream?.text()).toBe("hello");
   */
  connect(options: ConnectOptions = {}): TestedConnection {
    this.#checkOpen();
    return new TestedConnection(this.#plugin, { ...this.#around.properties, ...options.properties });
  }

  /** Runs the filter's `proxy_on_foreign_function` on its root, with `data` to read. No stock Envoy does; extensions of it may. */
  foreignFunction(id: number, data: string | Uint8Array): void {
    this.#checkOpen();
    this.#plugin.root.foreignFunction(id, toBytes(data));
  }

  /**
   * Gives the filter another configuration, as a deployment's change of parameters does: it gets a new root in the same VM,
   * and streams that are open keep the old one.
   * @throws AsmFilterError `ASMF_FILTER_CONFIGURATION_REFUSED`; the old configuration goes on then.
   */
  async reconfigure(config: unknown): Promise<void> {
    this.#checkOpen();
    const configuration = { ...this.#configuration, configuration: configurationBytes(config) };
    await explained(this.#host, () => this.#plugin.reconfigure(configuration));
    this.#configuration = configuration;
  }

  /** Lets time pass for the filter: ticks, delays of clusters. Throws what the script of a cluster threw. */
  async advance(ms: number): Promise<void> {
    await this.#host.advance(ms);
  }

  /** Ends the filter as a proxy does: `onDone`, `onDelete`. It cannot be used afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#plugin.shutDown();
  }

  #open(exchange: Exchange, properties: Properties = {}): HttpStream {
    return this.#plugin.open({
      downstream: exchange.downstream,
      upstream: exchange.upstream,
      properties: { ...this.#around.properties, ...properties },
      startTime: this.#host.clock.now(),
      ...(this.#around.bufferLimit !== undefined && { bufferLimit: this.#around.bufferLimit }),
    });
  }

  async #answer(exchange: Exchange, stream: HttpStream, service: Service): Promise<void> {
    const response = exchange.request.isCutShort ? timedOut : await answerOf(service, exchange);
    // Never within the request's own callbacks.
    await Promise.resolve();
    if (exchange.cancelled) return;
    const pieces = piecesOf(response.body);
    stream.responseHeaders(responseHeaders(response), pieces.length === 0 && response.trailers === undefined);
    sendBody(pieces, response.trailers !== undefined, (data, end) => stream.responseData(data, end));
    if (response.trailers) stream.responseTrailers(toHeaderMap("trailers", [], response.trailers));
  }

  /** Ends a wait that nothing can end. */
  #watch(stream: HttpStream, clusters: ScriptedClusters, reject: (error: unknown) => void): NodeJS.Timeout {
    return setInterval(() => {
      if (clusters.error !== undefined) reject(clusters.error);
      else if (stream.paused && clusters.pending === 0) reject(pausedError(stream.paused, this.#host.clock.isWaiting));
    }, patience);
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new AsmFilterError("ASMF_FILTER_CLOSED", "the filter was closed", {
      hint: "Load it again, or close it later.",
    });
  }
}

/** What Envoy answers in the end where the upstream still waits for the rest of a body. */
const timedOut: ServiceResponse = {
  status: 504,
  headers: { "content-type": "text/plain" },
  body: "upstream request timeout",
};

async function answerOf(service: Service, exchange: Exchange): Promise<ServiceResponse> {
  return typeof service === "function" ? service(exchange.upstreamRequest()!) : service;
}

/** The bytes of a configuration: JSON of an object, or what it is. */
export function configurationBytes(config: unknown): Uint8Array {
  if (config === undefined) return new Uint8Array(0);
  if (config instanceof Uint8Array) return config;
  return toBytes(typeof config === "string" ? config : JSON.stringify(config));
}

/** Adds what the guest logged to the message of an error. */
async function explained<T>(host: TestHost, start: () => Promise<T>): Promise<T> {
  const first = host.logs.length;
  try {
    return await start();
  } catch (error) {
    const logs = host.logs.slice(first).filter(({ source }) => source === "guest");
    if (!(error instanceof AsmFilterError) || logs.length === 0) throw error;
    const lines = logs.map(({ level, message }) => `\n  ${level}: ${message}`).join("");
    throw new AsmFilterError(error.code, `${error.message}; it logged:${lines}`, { hint: error.hint, cause: error });
  }
}

function pausedError(half: string, hasTimers: boolean): AsmFilterError {
  const hint = hasTimers
    ? "Time stands still in tests: call `filter.advance(ms)` before you await the reply."
    : "Call continueRequest or continueResponse, return Continue, or give the cluster that it waits for in `clusters`.";
  return new AsmFilterError("ASMF_STREAM_PAUSED", `the filter paused the ${half}, and nothing resumes it`, { hint });
}

/** `Promise.withResolvers`, which Node has from version 22 on. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
