import { BufferType, DataStatus, HeadersStatus, MapType, Status, StreamType, TrailersStatus } from "../abi/index.ts";
import type { Body } from "../body.ts";
import type { GuestCallback } from "../callbacks.ts";
import { Context, type GuestBuffer, type LocalResponse } from "../context.ts";
import type { FilterState } from "../filter-state.ts";
import type { HeaderMap } from "../header-map.ts";
import type { PropertyValue } from "../properties.ts";
import type { RootContext } from "../root-context.ts";
import type { HttpCallbacks } from "./direction.ts";

/** What the guest's half of a stream needs of the stream around it. */
export interface StreamControl {
  /** The data that waits in a direction. */
  buffered(half: Half): Body | undefined;
  /** Adds to it; false where that was more than the proxy keeps, and the stream is over. */
  buffer(half: Half, data: Body): boolean;
  addTrailers(half: Half): HeaderMap;
  continue(half: Half): void;
  reset(): void;
  sendLocalResponse(response: LocalResponse): void;
  /** Answers 503 because the VM failed; nothing of the response passes the guest any more. */
  fail(): void;
  property(path: string): PropertyValue | undefined;
  readonly filterState: FilterState;
}

export type Half = "request" | "response";

const nothing = new Uint8Array(0);

/** What the guest sees of one half of a stream, and its callbacks for it. */
class GuestHalf implements HttpCallbacks {
  readonly #context: HttpContext;
  readonly #half: Half;
  headers: HeaderMap | undefined;
  body: Body | undefined;
  trailers: HeaderMap | undefined;
  endOfStream = false;
  /** The last body callback asked to buffer: the next one shows all that came so far. */
  buffering = false;

  constructor(context: HttpContext, half: Half) {
    this.#context = context;
    this.#half = half;
  }

  onHeaders(headers: HeaderMap, endOfStream: boolean): HeadersStatus {
    const context = this.#context;
    if (this.#isPassedOver()) return HeadersStatus.Continue;
    this.headers = headers;
    this.endOfStream = endOfStream;
    const callbacks = context.vm.callbacks;
    const callback =
      this.#half === "request" ? callbacks.proxy_on_request_headers : callbacks.proxy_on_response_headers;
    const status = toHeadersStatus(
      context.run(callback, headers.size, endOfStream ? 1 : 0),
      context.allowsStopIteration,
    );
    if (status === HeadersStatus.Continue) this.headers = undefined;
    return status;
  }

  onData(data: Body, endOfStream: boolean): DataStatus {
    const context = this.#context;
    if (this.#isPassedOver()) return DataStatus.Continue;
    if (this.buffering && !context.control.buffer(this.#half, data)) return DataStatus.StopIterationAndBuffer;
    this.body = data;
    this.endOfStream = endOfStream;
    const callbacks = context.vm.callbacks;
    const callback = this.#half === "request" ? callbacks.proxy_on_request_body : callbacks.proxy_on_response_body;
    const result = context.run(callback, this.shownBody()?.length ?? 0, endOfStream ? 1 : 0);
    const status =
      result > DataStatus.StopIterationNoBuffer ? DataStatus.StopIterationNoBuffer : (result as DataStatus);
    this.buffering = status === DataStatus.StopIterationAndBuffer;
    if (status === DataStatus.Continue) this.body = undefined;
    return status;
  }

  onTrailers(trailers: HeaderMap): TrailersStatus {
    const context = this.#context;
    if (this.#isPassedOver()) return TrailersStatus.Continue;
    this.trailers = trailers;
    const callbacks = context.vm.callbacks;
    const callback =
      this.#half === "request" ? callbacks.proxy_on_request_trailers : callbacks.proxy_on_response_trailers;
    const status = context.run(callback, trailers.size) === 0 ? TrailersStatus.Continue : TrailersStatus.StopIteration;
    if (status === TrailersStatus.Continue) this.trailers = undefined;
    return status;
  }

  /** What `proxy_get_buffer_bytes` reads: all that is buffered, or the piece that just came. */
  shownBody(): Body | undefined {
    return this.buffering ? this.#context.control.buffered(this.#half) : this.body;
  }

  /** The trailers to write to; in the last body callback they are made where there are none (context.cc, `getMap`). */
  writableTrailers(): HeaderMap | undefined {
    if (!this.trailers && this.body && this.endOfStream) this.trailers = this.#context.control.addTrailers(this.#half);
    return this.trailers;
  }

  /** Metadata of HTTP/2 goes on whatever the guest returns, and it cannot read it: it is told the number of entries. */
  onMetadata(entries: number): void {
    if (this.#isPassedOver()) return;
    const { proxy_on_request_metadata, proxy_on_response_metadata } = this.#context.vm.callbacks;
    this.#context.run(this.#half === "request" ? proxy_on_request_metadata : proxy_on_response_metadata, entries);
  }

  #isPassedOver(): boolean {
    return this.#half === "response" && this.#context.answeredForFailure;
  }
}

/** A stream as the guest knows it: a port of Envoy's `Context` (source/extensions/common/wasm/context.cc). */
export class HttpContext extends Context {
  readonly #root: RootContext;
  readonly control: StreamControl;
  readonly request = new GuestHalf(this, "request");
  readonly response = new GuestHalf(this, "response");
  /** The VM failed and the client has its 503. */
  answeredForFailure = false;
  #logged:
    | { request?: HeaderMap | undefined; response?: HeaderMap | undefined; trailers?: HeaderMap | undefined }
    | undefined;

  constructor(root: RootContext, control: StreamControl) {
    super(root.vm, root.vm.nextContextID());
    this.#root = root;
    this.control = control;
    this.vm.add(this);
  }

  override get root(): RootContext {
    return this.#root;
  }

  override get isLogging(): boolean {
    return this.#logged !== undefined;
  }

  get allowsStopIteration(): boolean {
    return this.#root.plugin.allowOnHeadersStopIteration;
  }

  create(): void {
    const { proxy_on_context_create } = this.vm.callbacks;
    if (this.vm.failed || !proxy_on_context_create) return;
    this.vm.call(this, proxy_on_context_create, this.id, this.#root.id);
    this.vm.afterCall();
  }

  /** `proxy_on_log` → `proxy_on_done` → `proxy_on_delete`, in which the maps can be read as they were in the end. */
  finish(request: HeaderMap | undefined, response: HeaderMap | undefined, trailers: HeaderMap | undefined): void {
    const { proxy_on_log, proxy_on_done, proxy_on_delete } = this.vm.callbacks;
    this.#logged = { request, response, trailers };
    this.#notify(proxy_on_log);
    this.#logged = undefined;
    // The result of proxy_on_done counts for roots only.
    this.#notify(proxy_on_done);
    this.#notify(proxy_on_delete);
    this.vm.remove(this);
  }

  /** Calls back and gives the action: stopped where a local response was sent, as the failure policy says on a trap. */
  run(callback: GuestCallback | undefined, a: number, b = 0): number {
    const { vm } = this;
    if (vm.failed) return this.#failedAction();
    if (!callback) return 0;
    const result = vm.call(this, callback, this.id, a, b);
    const action = vm.failed ? this.#failedAction() : vm.stopsIteration ? 0xffffffff : result;
    vm.afterCall();
    return action;
  }

  #failedAction(): number {
    if (this.#root.plugin.failurePolicy === "FailOpen") return 0;
    if (!this.answeredForFailure) {
      this.answeredForFailure = true;
      this.control.fail();
    }
    return 0xffffffff;
  }

  #notify(callback: GuestCallback | undefined): void {
    if (this.vm.failed || !callback) return;
    this.vm.call(this, callback, this.id);
    this.vm.afterCall();
  }

  override mutableMap(type: number): HeaderMap | undefined {
    if (type === MapType.RequestHeaders) return this.request.headers;
    if (type === MapType.RequestTrailers) return this.request.writableTrailers();
    if (type === MapType.ResponseHeaders) return this.response.headers;
    if (type === MapType.ResponseTrailers) return this.response.writableTrailers();
    return undefined;
  }

  override readableMap(type: number): HeaderMap | undefined {
    const logged = this.#logged;
    if (type === MapType.RequestHeaders) return logged ? logged.request : this.request.headers;
    if (type === MapType.RequestTrailers) return logged ? undefined : this.request.trailers;
    if (type === MapType.ResponseHeaders) return logged ? logged.response : this.response.headers;
    if (type === MapType.ResponseTrailers) return logged ? logged.trailers : this.response.trailers;
    return super.readableMap(type);
  }

  override buffer(type: number): GuestBuffer | undefined {
    if (type !== BufferType.HttpRequestBody && type !== BufferType.HttpResponseBody) return super.buffer(type);
    const body = (type === BufferType.HttpRequestBody ? this.request : this.response).shownBody();
    return body ? { bytes: body.bytes, body } : { bytes: nothing };
  }

  override property(path: string): PropertyValue | undefined {
    if (path === "plugin_root_id" || path === "plugin_name") return this.#root.property(path);
    return this.control.property(path) ?? super.property(path);
  }

  override get filterState(): FilterState {
    return this.control.filterState;
  }

  override continueStream(type: (typeof StreamType)[keyof typeof StreamType]): Status {
    if (type === StreamType.Upstream) return Status.Unimplemented;
    if (type === StreamType.Downstream) return Status.Ok;
    const half = type === StreamType.Request ? "request" : "response";
    this.vm.defer(() => this.control.continue(half));
    // Envoy forgets the request's maps here, whichever half continues (context.cc, `continueStream`).
    this.request.headers = undefined;
    this.request.body = undefined;
    this.request.trailers = undefined;
    return Status.Ok;
  }

  override closeStream(type: (typeof StreamType)[keyof typeof StreamType]): Status {
    if (type === StreamType.Request || type === StreamType.Response) this.vm.defer(() => this.control.reset());
    return Status.Ok;
  }

  override sendLocalResponse(response: LocalResponse): void {
    this.vm.defer(() => this.control.sendLocalResponse(response));
  }
}

function toHeadersStatus(result: number, allowsStopIteration: boolean): HeadersStatus {
  if (result > HeadersStatus.StopAllIterationAndWatermark) return HeadersStatus.StopAllIterationAndWatermark;
  // Pause stops the body as well, unless the plugin's configuration allows otherwise (proxy-wasm-cpp-host issue 143).
  if (result === HeadersStatus.StopIteration && !allowsStopIteration) return HeadersStatus.StopAllIterationAndWatermark;
  if (result === HeadersStatus.ContinueAndEndStream) return HeadersStatus.Continue;
  return result as HeadersStatus;
}
