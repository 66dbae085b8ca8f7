/** Filters that do all that the SDK can, in the order that a program of random bytes gives. */

const IMPORTS = `import {
  Action, Body, config, Counter, filter, Gauge, grpcCall, GrpcCallHandler, GrpcReply, GrpcRequest, GrpcStatus, GrpcStream,
  GrpcStreamHandler, Headers, Histogram, httpCall, HttpCallHandler, HttpFilter, HttpReply, HttpRequest, log, openStream,
  properties, root, RootContext, sendLocalResponse, sharedData, SharedQueue, Status, tagged,
} from "@asmfilter/sdk";`;

const STEPS = `
  const seen = new Counter("seen");
  const level = new Gauge("level");
  const spread = new Histogram("spread");

  @config class Part { name: string = "part"; sizes: i32[] = []; }
  @config class Config { title: string = ""; words: string[] = []; part: Part = new Part(); }

  /** What a stream has seen: texts and bytes that must stay what they are while others come and go. */
  class Work {
    lines: string[] = [];
    kept: Map<string, Uint8Array> = new Map();

    note(text: string | null): void {
      this.lines.push(text === null ? "(null)" : text);
      if (this.lines.length > 9) this.lines.shift();
    }

    keep(bytes: Uint8Array | null): void {
      if (bytes !== null) this.kept.set((this.kept.size % 5).toString() + "-" + bytes.length.toString(), bytes);
      if (this.kept.size > 12) this.kept.clear();
    }

    sum(bytes: Uint8Array): u32 {
      let sum: u32 = 0;
      for (let i = 0; i < bytes.length; i++) sum = sum * 31 + bytes[i];
      return sum;
    }

    text(): string {
      const names = this.kept.keys();
      const sums: string[] = [];
      for (let i = 0; i < names.length; i++) sums.push(names[i] + ":" + this.sum(this.kept.get(names[i])).toString());
      return this.lines.join("/") + "|" + sums.join(",");
    }
  }

  function extend(old: string | null, more: string): string | null {
    if (old === null) return more.substr(0, 20);
    return old + more;
  }

  function step(op: u32, work: Work, headers: Headers, config: Config): void {
    const name = "x-" + op.toString();
    switch (op % 18) {
      case 0: work.note(headers.getOr("x-a", "none") + "|" + headers.getOr("x-b", "none") + "|" + headers.getOr("x-c", name)); break;
      case 1: work.note(headers.entries().map<string>((pair) => pair[0] + "=" + pair[1]).join("&")); break;
      case 2: headers.set(name + headers.getOr("x-d", ""), headers.getAll(name).join("+") + work.text()); break;
      case 3: headers.add(name, config.title + headers.getOr("x-e", "")); headers.remove(name + work.text()); break;
      case 4: work.keep(headers.getBytes(name)); break;
      case 5: work.note(properties.getString("request.path." + name)); work.keep(properties.getBytes(name)); break;
      case 6: work.note(properties.setString("own." + name, work.text() + config.words.join()).toString()); break;
      case 7: work.note(sharedData.set<string>(name + headers.getOr("x-a", ""), work.text()).toString()); break;
      case 8: {
        const value = sharedData.read(name + "k");
        work.note(value.text);
        const bytes = value.bytes;
        if (bytes !== null) work.note(sharedData.compareAndSet<Uint8Array>(name + work.text(), bytes, value.version).toString());
        work.keep(sharedData.getBytes(name));
        break;
      }
      case 9: sharedData.update<string>(name, extend, work.text()); break;
      case 10: {
        const queue = SharedQueue.register("queue" + name);
        if (queue === null) break;
        queue.enqueue<string>("item" + work.text());
        work.note(queue.dequeue());
        break;
      }
      case 11: {
        const queue = SharedQueue.resolve(headers.getOr("x-vm", "vm"), "queue" + name);
        if (queue === null) break;
        const bytes = queue.dequeueBytes();
        work.keep(bytes);
        if (bytes !== null) queue.enqueue<Uint8Array>(bytes.slice(bytes.length / 2));
        break;
      }
      case 12: {
        new Counter(tagged("count", [["op", name], ["of", headers.getOr("x-of", "?")]])).increment(op + 1);
        spread.record(op);
        level.add(<i64>op - 100);
        work.note(seen.value.toString());
        break;
      }
      case 13: log.info("now " + work.text() + headers.getOr("x-log", "")); break;
      case 14: work.note(work.text().substr(0, 900).split(",").map<string>((part) => part.toUpperCase().padStart(7, "-")).join()); break;
      case 15: sendLocalResponse(400 + op % 100, "no: " + work.text(), [["a", name], ["b" + name, headers.getOr("x-f", "")]]); break;
      case 16: work.note(encodeURIComponent(headers.getOr("x-g", "é")).substr(0, 500) + (<f64>op / 7).toString()); break;
      case 17: work.note(config.part.name + config.part.sizes.join() + config.words.map<string>((word) => word + "!").join(name)); break;
    }
  }

  function run(work: Work, headers: Headers, config: Config): void {
    const program = headers.getBytes("x-program");
    if (program === null) return;
    for (let i = 0; i < program.length; i++) step(program[i], work, headers, config);
    headers.set("x-out", work.text());
  }

  @root("http") class Root extends RootContext<Config> {
    work: Work = new Work();
    onConfigure(): bool {
      seen.define();
      level.define();
      spread.define();
      return true;
    }
    onTick(): void {
      const path = properties.getBytes("x-program");
      if (path === null) return;
      for (let i = 0; i < path.length; i++) {
        this.work.note(sharedData.get(path[i].toString()));
        sharedData.set<string>("root" + this.work.text(), this.config.words.join());
      }
    }
    onQueueReady(queue: SharedQueue): void {
      for (let i = 0; i < 3; i++) this.work.note(queue.dequeue());
      queue.enqueue<string>(this.work.text());
    }
  }`;

const HTTP = `
    work: Work = new Work();
    onRequestHeaders(headers: Headers, endOfStream: bool): Action {
      run(this.work, headers, this.config);
      return endOfStream ? Action.Continue : Action.Pause;
    }
    onResponseHeaders(headers: Headers, endOfStream: bool): Action {
      run(this.work, headers, this.config);
      this.continueRequest();
      return Action.Continue;
    }
    onRequestTrailers(trailers: Headers): Action {
      run(this.work, trailers, this.config);
      return Action.Pause;
    }
    onResponseTrailers(trailers: Headers): Action {
      run(this.work, trailers, this.config);
      return Action.Continue;
    }
    onLog(): void {
      run(this.work, this.responseHeaders, this.config);
    }
    onDone(): bool {
      log.warn("done " + this.work.text());
      return true;
    }
    onDelete(): void {
      log.warn("deleted " + this.work.text());
    }`;

// What a handler keeps is all that was known when it was made. Only a part of it is noted: else it would double each time.
const CALLS = `
  function bytesOf(text: string): Uint8Array {
    return Uint8Array.wrap(String.UTF8.encode(text));
  }
  class OnHttp extends HttpCallHandler<Stressed> {
    constructor(readonly asked: string) { super(); }
    onReply(stream: Stressed, reply: HttpReply): void {
      stream.work.note(this.asked.slice(-300) + reply.status.toString() + reply.body.text().substr(0, 300));
      stream.work.keep(reply.body.bytes());
      run(stream.work, reply.headers, stream.config);
      stream.continueRequest();
    }
  }
  class OnGrpc extends GrpcCallHandler<Stressed> {
    constructor(readonly asked: string) { super(); }
    onReply(stream: Stressed, reply: GrpcReply): void {
      stream.work.note(this.asked.slice(-300) + reply.statusText);
      run(stream.work, stream.requestHeaders, stream.config);
    }
  }
  class OnWords extends GrpcStreamHandler<Stressed> {
    constructor(readonly asked: string) { super(); }
    onInitialMetadata(owner: Stressed, stream: GrpcStream, metadata: Headers): void {
      run(owner.work, metadata, owner.config);
    }
    onMessage(owner: Stressed, stream: GrpcStream, message: Body): void {
      owner.work.note(this.asked.slice(-300) + message.text().substr(0, 300));
      stream.send(message.bytes());
      run(owner.work, owner.requestHeaders, owner.config);
    }
    onTrailingMetadata(owner: Stressed, stream: GrpcStream, metadata: Headers): void {
      owner.work.note(metadata.getOr("grpc-message", ""));
    }
    onClose(owner: Stressed, stream: GrpcStream, status: GrpcStatus, text: string): void {
      owner.work.note(this.asked.slice(-300) + text);
      if (owner.words === stream) owner.words = null;
      run(owner.work, owner.requestHeaders, owner.config);
    }
  }`;

const BODIES = `
    words: GrpcStream | null = null;
    callHttp(headers: Headers): void {
      const request = new HttpRequest("POST", "/" + this.work.text(), headers.getOr("x-host", "host"));
      request.headers.push(["x-more", headers.getOr("x-more", "")]);
      request.setText(this.work.text());
      httpCall(this, "up" + headers.getOr("x-up", ""), request, new OnHttp(this.work.text()));
    }
    callGrpc(headers: Headers): void {
      const request = new GrpcRequest("auth.v1.Auth", headers.getOr("x-method", "Check"), bytesOf(this.work.text()));
      request.metadata.push(["x-tenant", headers.getOr("x-tenant", "")]);
      grpcCall(this, "up" + headers.getOr("x-up", ""), request, new OnGrpc(this.work.text()));
    }
    talk(op: u32, headers: Headers): void {
      const words = this.words;
      if (words === null) {
        const stream = openStream(this, "up" + headers.getOr("x-up", ""), "words.v1.Words", headers.getOr("x-method", "Split"),
          new OnWords(this.work.text()), [["x-tenant", headers.getOr("x-tenant", "")]]);
        if (stream.status == Status.Ok) this.words = stream;
      } else if (op % 4) {
        this.work.note(words.send(bytesOf(this.work.text() + headers.getOr("x-word", "")), op % 4 == 1).toString());
      } else {
        this.work.note((op % 8 ? words.close() : words.cancel()).toString());
      }
    }
    change(body: Body, headers: Headers): Action {
      const program = headers.getBytes("x-program");
      if (program === null) return Action.Continue;
      for (let i = 0; i < program.length; i++) {
        const op = program[i];
        switch (op % 10) {
          case 0: this.work.note(body.text().substr(0, 200) + headers.getOr("x-b", "")); break;
          case 1: this.work.keep(body.bytes(op, op * 10)); break;
          case 2: body.replace(this.work.text() + body.text()); break;
          case 3: body.append(body.bytes()); break;
          case 4: body.prepend(bytesOf(this.work.text() + headers.getOr("x-p", ""))); break;
          case 5: body.replace(body.text().replaceAll("a", this.work.lines.length.toString()).trim()); break;
          case 6: this.callHttp(headers); break;
          case 7: this.callGrpc(headers); break;
          case 8: this.talk(op / 10, headers); break;
          default: step(op, this.work, headers, this.config);
        }
      }
      headers.set("x-out", this.work.text() + body.length.toString());
      return program.length > 4 ? Action.Pause : Action.Continue;
    }
    onRequestBody(body: Body, endOfStream: bool): Action {
      return this.change(body, this.requestHeaders);
    }
    onResponseBody(body: Body, endOfStream: bool): Action {
      return this.change(body, this.responseHeaders);
    }`;

/** What takes items out of a queue is collected in its midst as well. */
const STEPS_WITHOUT_QUEUES = STEPS.replaceAll("queue.dequeue()", 'sharedData.get("queue")').replaceAll(
  "queue.dequeueBytes()",
  'sharedData.getBytes("queue")',
);

/** A filter without body callbacks: nothing of it is collected before its outermost callback ends. */
export const LEAN = `${IMPORTS}${STEPS_WITHOUT_QUEUES}
  if (ASC_RUNTIME == 2) ERROR("this is not lean");
  @filter("http") class Stressed extends HttpFilter<Config> { ${HTTP} }`;

/** A filter with body callbacks: it can be collected wherever it makes an object. */
export const WITH_BODIES = `${IMPORTS}${STEPS}${CALLS}
  @filter("http") class Stressed extends HttpFilter<Config> { ${HTTP} ${BODIES} }`;

export const CONFIGURATION = JSON.stringify({
  title: "é title",
  words: ["one", "two", "", "four"],
  part: { name: "inner", sizes: [1, 2, 3] },
});
