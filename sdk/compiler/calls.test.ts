import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Callout } from "./testdata/callouts.ts";
import { compileText } from "./testdata/compile.ts";
import { SmallProxy } from "./testdata/proxy.ts";

const IMPORTS = `import { Action, Body, filter, GrpcCallHandler, grpcCall, GrpcReply, GrpcRequest, GrpcStatus, GrpcStream,
  GrpcStreamHandler, Headers, HttpCallHandler, HttpFilter, HttpReply, HttpRequest, httpCall, log, openStream, root,
  RootContext, Status } from "@asmfilter/sdk";\n`;

const FILTERS = `${IMPORTS}
class OnHttp extends HttpCallHandler<A> {
  constructor(private name: string) { super(); }
  onReply(stream: A, reply: HttpReply): void {
    stream.replies++;
    const what = reply.failed ? reply.failure : reply.status.toString() + reply.body.text();
    log.info(stream.contextID.toString() + ":" + stream.replies.toString() + " " + this.name + " " + what);
  }
}
class OnGrpc extends GrpcCallHandler<A> {
  onReply(stream: A, reply: GrpcReply): void {
    log.info(stream.contextID.toString() + " grpc " + reply.status.toString() + reply.statusText + reply.message.text());
  }
}
class OnStream extends GrpcStreamHandler<A> {
  onMessage(owner: A, stream: GrpcStream, message: Body): void {
    stream.send(message.bytes());
  }
  onClose(owner: A, stream: GrpcStream, status: GrpcStatus, text: string): void {
    log.info(owner.contextID.toString() + " closed " + status.toString() + text + " " + stream.close().toString());
  }
}

@filter("a") class A extends HttpFilter {
  replies: i32 = 0;
  onRequestHeaders(headers: Headers, endOfStream: bool): Action {
    const calls = headers.getOr("x-calls", "").split(" ");
    for (let i = 0; i < calls.length; i++) {
      const upstream = calls[i].substring(1);
      const bytes = Uint8Array.wrap(String.UTF8.encode("m"));
      let status = Status.Ok;
      if (calls[i].startsWith("h")) status = httpCall(this, upstream, new HttpRequest("GET", "/", "a"), new OnHttp(upstream));
      if (calls[i].startsWith("n")) status = httpCall(this, upstream, new HttpRequest("GET", "/", "a"), null);
      if (calls[i].startsWith("g")) status = grpcCall(this, upstream, new GrpcRequest("S", "M", bytes), new OnGrpc());
      if (calls[i].startsWith("s")) status = openStream(this, upstream, "S", "M", new OnStream()).status;
      if (status != Status.Ok) log.warn("status " + status.toString());
    }
    return Action.Pause;
  }
}

class OnRoot extends HttpCallHandler<R> {
  onReply(owner: R, reply: HttpReply): void { log.info("root " + reply.status.toString()); }
}
@root("a") class R extends RootContext {
  onTick(): void { httpCall(this, "tick", new HttpRequest("GET", "/", "a"), new OnRoot()); }
}`;

let wasm: Uint8Array;
let proxy: SmallProxy;

beforeAll(async () => {
  ({ wasm } = await compileText(FILTERS));
});
beforeEach(() => {
  proxy = new SmallProxy(wasm);
  proxy.configure(undefined);
  proxy.headers[6] = [[":status", "200"]];
});

const ask = (id: number, calls: string) => proxy.request(id, [["x-calls", calls]]);
/** The proxy's answer to an HTTP call; it arrives on the root. */
const answer = (id: number, body: string) => {
  proxy.buffers[4] = new TextEncoder().encode(body);
  proxy.call("proxy_on_http_call_response", 1, id, 1, body.length, 0);
};
const receive = (id: number, message: string) => {
  proxy.buffers[5] = new TextEncoder().encode(message);
  proxy.call("proxy_on_grpc_receive", 1, id, message.length);
};

describe("an answer", () => {
  test("reaches the handler of its call, with its stream effective", () => {
    ask(2, "hx hy");
    ask(3, "hz");
    answer(3, "third");
    answer(2, "second");
    answer(1, "first");
    expect(proxy.logs).toEqual(["2 3:1 z 200third", "2 2:1 y 200second", "2 2:2 x 200first"]);
    expect(proxy.callouts.effective).toEqual([3, 2, 2]);
  });

  test("is told once", () => {
    ask(2, "hx");
    answer(1, "");
    answer(1, "");
    expect(proxy.logs).toEqual(["2 2:1 x 200"]);
  });

  test("that broke off has its reason and no status", () => {
    ask(2, "hx");
    proxy.callouts.status = { code: 11, text: "reset" };
    proxy.call("proxy_on_http_call_response", 1, 1, 0, 0, 0);
    expect(proxy.logs).toEqual(["2 2:1 x reset"]);
  });

  test.each(["missing", "refused"])("to a call whose start fails is told to nobody: %s", (upstream) => {
    proxy.callouts.starting = () => 10;
    ask(2, `h${upstream} g${upstream} s${upstream}`);
    expect(proxy.logs).toEqual(Array(3).fill(upstream === "missing" ? "3 status 2" : "3 status 10"));
    for (let id = 1; id < 4; id++) {
      answer(id, "");
      receive(id, "");
      proxy.call("proxy_on_grpc_close", 1, id, 0);
    }
    expect(proxy.logs.length).toBe(3);
    expect(proxy.callouts.done).toEqual([]);
  });

  test("is told to nobody when the stream is gone, of which gRPC is told", () => {
    ask(2, "hx gy sz hx");
    ask(3, "hx");
    proxy.end(2);
    for (let id = 1; id < 5; id++) answer(id, "");
    receive(2, "");
    proxy.call("proxy_on_grpc_close", 1, 3, 0);
    expect(proxy.logs).toEqual([]);
    expect(proxy.callouts.done.sort()).toEqual(["cancel 2", "cancel 3"]);
    answer(5, "");
    expect(proxy.logs).toEqual(["2 3:1 x 200"]);
  });

  test("is told to nobody when the proxy has the stream no more", () => {
    ask(2, "hx");
    proxy.callouts.gone.add(2);
    answer(1, "");
    expect(proxy.logs).toEqual([]);
  });

  test("nobody waits for does no harm", () => {
    ask(2, "nx");
    answer(1, "");
    answer(99, "");
    receive(99, "");
    expect(proxy.logs).toEqual([]);
  });

  test("to a root is told to the root, which is effective already", () => {
    proxy.call("proxy_on_tick", 1);
    answer(1, "");
    proxy.call("proxy_on_tick", 1);
    proxy.call("proxy_on_delete", 1);
    proxy.call("proxy_on_http_call_response", 1, 2, 1, 0, 0);
    expect(proxy.logs).toEqual(["2 root 200"]);
    expect(proxy.callouts.effective).toEqual([]);
  });
});

describe("a host that calls back while a call is being started", () => {
  /** Does so once for each call. */
  const nest = (back: (callout: Callout) => void, status = 0) => {
    proxy.callouts.starting = (callout) => {
      back(callout);
      return status;
    };
  };

  test("reaches its handler before the number is known, and only then", () => {
    nest(({ id, kind }) => (kind === "http" ? answer(id, "now") : receive(id, "now")));
    ask(2, "hx gy hz");
    for (let id = 1; id < 4; id++) answer(id, "again");
    expect(proxy.logs).toEqual(["2 2:1 x 200now", "2 2 grpc 0now", "2 2:2 z 200now"]);
  });

  test("finds the stream that is being opened, which can send at once", () => {
    nest(({ id }) => receive(id, "hello"));
    ask(2, "sx");
    receive(1, "again");
    proxy.call("proxy_on_grpc_close", 1, 1, 0);
    receive(1, "after");
    expect(proxy.callouts.done).toEqual(["send 1 hello", "send 1 again"]);
    expect(proxy.logs).toEqual(["2 2 closed 0 2"]);
  });

  test("leaves nothing behind where the start fails all the same", () => {
    nest(({ id }) => receive(id, "hello"), 10);
    ask(2, "sx");
    receive(1, "again");
    proxy.end(2);
    expect(proxy.callouts.done).toEqual(["send 1 hello"]);
  });

  test("can start others meanwhile, whose numbers are not mixed up", () => {
    nest(({ upstream }) => {
      if (upstream !== "outer") return;
      const { headers } = proxy;
      ask(3, "hinner hinner");
      proxy.headers = headers;
    });
    ask(2, "houter");
    for (const { id, upstream } of proxy.callouts.started) answer(id, upstream);
    expect(proxy.logs).toEqual(["2 2:1 outer 200outer", "2 3:1 inner 200inner", "2 3:2 inner 200inner"]);
  });
});

describe("memory", () => {
  test("50,000 streams that end before their answers leave it as small as 2,000", () => {
    const run = (streams: number, first: number) => {
      for (let id = first; id < first + streams; id++) {
        ask(id, "hx gy hz");
        if (id - first >= 100) proxy.end(id - 100);
      }
      for (let id = first + streams - 100; id < first + streams; id++) proxy.end(id);
      proxy.callouts.started.length = 0;
      proxy.callouts.done.length = 0;
      return proxy.memory.buffer.byteLength;
    };
    const small = run(2_000, 2);
    expect(run(50_000, 1_000_000)).toBe(small);
    expect(small).toBeLessThanOrEqual(6 * 65536);
  });

  test("a handler that leaves much garbage stays small", async () => {
    const { wasm } = await compileText(`${IMPORTS}
      class OnReply extends HttpCallHandler<A> {
        onReply(stream: A, reply: HttpReply): void {
          let s = reply.body.text();
          for (let i = 0; i < 100000; i++) s += "x";
          log.info(s.length.toString());
        }
      }
      @filter("a") class A extends HttpFilter {
        onRequestHeaders(headers: Headers, endOfStream: bool): Action {
          httpCall(this, "x", new HttpRequest("GET", "/", "a"), new OnReply());
          return Action.Pause;
        }
      }`);
    proxy = new SmallProxy(wasm);
    proxy.configure(undefined);
    proxy.request(2, []);
    answer(1, "");
    expect(proxy.logs).toEqual(["2 100000"]);
    expect(proxy.memory.buffer.byteLength).toBeLessThanOrEqual(3 << 20);
  });
});

describe("a filter that asks for a reply's status alone is the smaller", () => {
  const caller = (statements: string, before = "") => `${IMPORTS}
    class OnReply extends HttpCallHandler<A> {
      onReply(stream: A, reply: HttpReply): void { ${statements} }
    }
    @filter("a") class A extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        const request = new HttpRequest("GET", "/", "a");
        ${before}
        httpCall(this, "x", request, new OnReply());
        return Action.Pause;
      }
    }`;
  const STATUS = "log.info(stream.contextID.toString() + reply.status.toString()); stream.continueRequest();";

  test.each([
    ["by its status", STATUS, "", true],
    ["though it gives a body to its request", STATUS, "request.body = new Uint8Array(1);", true],
    ["unless it reads the body", `log.info(reply.body.length.toString()); ${STATUS}`, "", false],
    ["unless it reads a body that it has given", STATUS, "if (request.body === null) request.body = null;", false],
  ])("%s", async (_name, statements, before, isSmall) => {
    const { wasm } = await compileText(caller(statements, before));
    expect(wasm.length < 6144).toBe(isSmall);
  });

  test("and stays small over 50,000 streams, whether they are answered or not", async () => {
    proxy = new SmallProxy((await compileText(caller(STATUS))).wasm);
    proxy.configure(undefined);
    proxy.headers[6] = [[":status", "200"]];
    const run = (streams: number, first: number) => {
      for (let id = first; id < first + streams; id++) {
        proxy.request(id, []);
        const call = proxy.callouts.started.pop()!.id;
        if (id % 2) proxy.call("proxy_on_http_call_response", 1, call, 1, 0, 0);
        proxy.end(id);
      }
      return proxy.memory.buffer.byteLength;
    };
    const small = run(2_000, 2);
    expect(proxy.logs.splice(0)[0]).toBe("2 3200");
    expect(run(50_000, 1_000_000)).toBe(small);
    expect(small).toBeLessThanOrEqual(2 * 65536);
  });
});

describe("only what a handler has is exported", () => {
  const calls = /^proxy_on_(http_call|grpc)/;
  test.each([
    ["nothing", "", []],
    [
      "HttpCallHandler",
      "class H extends HttpCallHandler<A> { onReply(stream: A, reply: HttpReply): void {} }",
      ["proxy_on_http_call_response"],
    ],
    [
      "GrpcCallHandler",
      "class H extends GrpcCallHandler<A> { onReply(stream: A, reply: GrpcReply): void {} }",
      ["proxy_on_grpc_receive", "proxy_on_grpc_close"],
    ],
    [
      "GrpcStreamHandler",
      "class H extends GrpcStreamHandler<A> { onMessage(owner: A, stream: GrpcStream, message: Body): void {} }",
      ["proxy_on_grpc_receive", "proxy_on_grpc_close"],
    ],
  ])("%s", async (_name, handler, expected) => {
    const { wasm } = await compileText(`${IMPORTS}${handler}\n@filter("a") class A extends HttpFilter {}`);
    const names = Object.keys(new SmallProxy(wasm).exports).filter((name) => calls.test(name));
    expect(names.sort()).toEqual(expected.sort());
  });

  test("and a misspelt one is warned of", async () => {
    const { warnings } = await compileText(`${IMPORTS}
      class H extends GrpcStreamHandler<A> { onMesage(owner: A, stream: GrpcStream, message: Body): void {} }
      @filter("a") class A extends HttpFilter {}`);
    expect(warnings.map(({ message }) => message)).toEqual([
      '"onMesage" is not a callback, so the proxy will never call it; did you mean "onMessage"?',
    ]);
  });
});

test("a root can speak for a stream, and the proxy's number of metadata frames is told", async () => {
  const { wasm } = await compileText(`${IMPORTS}
    let waiting: A[] = [];
    @filter("a") class A extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        waiting.push(this);
        return Action.Pause;
      }
      onRequestMetadata(count: u32): void { log.info("request " + count.toString()); }
      onResponseMetadata(count: u32): void { log.info("response " + count.toString()); }
    }
    @root("a") class R extends RootContext {
      onTick(): void {
        for (let i = 0; i < waiting.length; i++) {
          if (waiting[i].makeEffective() == Status.Ok) waiting[i].continueRequest();
        }
      }
    }`);
  proxy = new SmallProxy(wasm);
  proxy.configure(undefined);
  for (const id of [2, 3, 4]) proxy.request(id, []);
  expect([proxy.call("proxy_on_request_metadata", 3, 2), proxy.call("proxy_on_response_metadata", 3, 1)]).toEqual([
    0, 0,
  ]);
  expect(proxy.logs).toEqual(["2 request 2", "2 response 1"]);
  proxy.callouts.gone.add(3);
  proxy.call("proxy_on_tick", 1);
  expect(proxy.callouts.effective).toEqual([2, 4]);
  expect(proxy.continued).toEqual([0, 0]);
});

test("a handler of one filter's is not taken for another's", async () => {
  const mixed = compileText(`${IMPORTS}
    class H extends HttpCallHandler<B> { onReply(stream: B, reply: HttpReply): void {} }
    @filter("b") class B extends HttpFilter {}
    @filter("a") class A extends HttpFilter {
      onRequestHeaders(headers: Headers, endOfStream: bool): Action {
        httpCall(this, "x", new HttpRequest("GET", "/", "a"), new H());
        return Action.Pause;
      }
    }`);
  await expect(mixed).rejects.toThrow("is not assignable to");
});
