import { once } from "node:events";
import { connect } from "node:http2";
import { connect as connectTLS } from "node:tls";
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createAuthority, type KeyPair } from "./certificates.ts";
import { encodeExtensionConfig } from "./encode.ts";
import { ServingIdentity } from "./identity.ts";
import { extensionConfigType, root } from "./proto.ts";
import { DiscoveryServer, service } from "./server.ts";
import { tokenFor } from "./token.ts";

const tokenKey = Buffer.alloc(32, 7);
const requestType = root.lookupType("envoy.service.discovery.v3.DiscoveryRequest");
const responseType = root.lookupType("envoy.service.discovery.v3.DiscoveryResponse");

interface Answer {
  version_info: string;
  nonce: string;
  resources: { type_url: string; value: Uint8Array }[];
}

/** What Envoy does on one stream, without Envoy. */
class TestProxy {
  readonly answers: Answer[] = [];
  readonly ended: Promise<ServiceError>;
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<Uint8Array, Buffer>;

  constructor(port: number, ca: string, token: string) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createSsl(Buffer.from(ca)), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.ssl_target_name_override": "asmfilter-controller.asmfilter-system.svc",
    });
    const metadata = new Metadata();
    if (token !== "") metadata.set("authorization", `Bearer ${token}`);
    this.#stream = this.#client.makeBidiStreamRequest(
      service.StreamExtensionConfigs.path,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => bytes,
      metadata,
    );
    this.#stream.on("data", (bytes: Buffer) => this.answers.push(responseType.decode(bytes) as unknown as Answer));
    this.ended = new Promise((resolve) => this.#stream.on("error", resolve));
  }

  ask(name: string, fields: object = {}): void {
    const node = { id: "sidecar~10.0.0.1~web-0.shop~shop.svc.cluster.local" };
    const request = { node, resource_names: [name], type_url: extensionConfigType, ...fields };
    this.#stream.write(requestType.encode(requestType.fromObject(request)).finish());
  }

  /** Acknowledges the last answer, or refuses it. */
  reply(running: string, refusal?: string): void {
    const fields = refusal === undefined ? {} : { error_detail: { code: 13, message: refusal } };
    const response_nonce = this.answers.at(-1)?.nonce;
    this.ask("asmfilter.io/shop/hello", { version_info: running, response_nonce, ...fields });
  }

  async answer(count: number): Promise<Answer> {
    await vi.waitFor(() => expect(this.answers.length).toBe(count), { timeout: 5_000, interval: 5 });
    return this.answers[count - 1]!;
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }
}

/** Asks, and takes nothing of what it is sent beyond HTTP/2's window; gRPC's own client would. */
function stalledProxy(port: number, ca: string, token: string): { close(): void } {
  const session = connect(`https://127.0.0.1:${port}`, { ca, servername: "asmfilter-controller.asmfilter-system.svc" });
  session.on("error", () => undefined);
  const stream = session.request({
    ":method": "POST",
    ":path": service.StreamExtensionConfigs.path,
    "content-type": "application/grpc",
    te: "trailers",
    authorization: `Bearer ${token}`,
  });
  stream.on("error", () => undefined);
  stream.pause();
  const message = requestType
    .encode(requestType.fromObject({ node: { id: "stalled" }, resource_names: [name] }))
    .finish();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.write(Buffer.concat([head, message]));
  return { close: () => session.destroy() };
}

let authority: KeyPair;
let identity: ServingIdentity;
const open: { close(): void | Promise<void> }[] = [];

beforeAll(async () => {
  authority = await createAuthority();
  identity = await ServingIdentity.create(
    authority,
    ["127.0.0.1", "asmfilter-controller.asmfilter-system.svc"],
    () => undefined,
  );
  return () => identity.close();
});

afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

async function started(
  options: { maxStreams?: number; maxUnderWay?: number; onEvidence?: (key: string) => void } = {},
) {
  const server = new DiscoveryServer({ credentials: identity.credentials, tokenKey, settle: 5, ...options });
  const port = await server.listen("127.0.0.1:0");
  open.push({ close: () => server.stop() });
  const proxy = (token = tokenFor(tokenKey, "shop/hello", "uid-1")): TestProxy => {
    const made = new TestProxy(port, authority.certificate, token);
    open.push(made);
    return made;
  };
  return { server, port, proxy };
}

const name = "asmfilter.io/shop/hello";
const content = (
  version: string,
  encode = vi.fn(async () => encodeExtensionConfig({ name, typed_config: allowAll })),
) => ({ version, encode });
const allowAll = { "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC" };
const soon = { timeout: 5_000, interval: 5 };

describe("a proxy", () => {
  test("is answered what was published, and its acknowledgement is known", async () => {
    const { server, proxy } = await started();
    server.publish("shop/hello", "uid-1", content("v1"));
    const web = proxy();
    web.ask(name);
    const answer = await web.answer(1);
    expect(answer.version_info).toBe("v1");
    expect(answer.resources[0]?.type_url).toBe(extensionConfigType);
    expect(server.evidence("shop/hello", "uid-1")).toEqual([{ node: expect.stringContaining("web-0.shop") }]);
    web.reply("v1");
    await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1")[0]?.running).toBe("v1"), soon);
  });

  test("waits in silence while nothing is published, and is answered once something is", async () => {
    const { server, proxy } = await started();
    const web = proxy();
    web.ask(name);
    await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1").length).toBe(1), soon);
    expect(web.answers).toEqual([]);
    server.publish("shop/hello", "uid-1", content("v1"));
    expect((await web.answer(1)).version_info).toBe("v1");
  });

  test("gets a new version on the stream that it has, and its refusal is known with Envoy's reason while it runs the old one", async () => {
    const { server, proxy } = await started();
    server.publish("shop/hello", "uid-1", content("v1"));
    const web = proxy();
    web.ask(name);
    await web.answer(1);
    web.reply("v1");
    server.publish("shop/hello", "uid-1", content("v2"));
    await web.answer(2);
    web.reply("v1", "Unable to create Wasm plugin");
    await vi.waitFor(
      () =>
        expect(server.evidence("shop/hello", "uid-1")[0]).toMatchObject({
          running: "v1",
          refused: { version: "v2", message: "Unable to create Wasm plugin" },
        }),
      soon,
    );
    expect(web.answers.length).toBe(2);
  });

  test("that is slow to acknowledge gets the newest version then, and none of those in between", async () => {
    const { server, proxy } = await started();
    server.publish("shop/hello", "uid-1", content("v1"));
    const web = proxy();
    web.ask(name);
    await web.answer(1);
    server.publish("shop/hello", "uid-1", content("v2"));
    server.publish("shop/hello", "uid-1", content("v3"));
    web.reply("v1");
    expect((await web.answer(2)).version_info).toBe("v3");
  });

  test("that comes back with the version it should run is not sent it again, and counts as running it", async () => {
    const { server, proxy } = await started();
    const v1 = content("v1");
    server.publish("shop/hello", "uid-1", v1);
    const web = proxy();
    web.ask(name, { version_info: "v1" });
    await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1")[0]?.running).toBe("v1"), soon);
    expect(v1.encode).not.toHaveBeenCalled();
    server.publish("shop/hello", "uid-1", content("v2"));
    expect((await web.answer(1)).version_info).toBe("v2");
  });

  test("whose acknowledgement is stale is not believed", async () => {
    const { server, proxy } = await started();
    server.publish("shop/hello", "uid-1", content("v1"));
    const web = proxy();
    web.ask(name);
    await web.answer(1);
    web.ask(name, { version_info: "v1", response_nonce: "another" });
    web.reply("v1", "no");
    await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1")[0]?.refused?.message).toBe("no"), soon);
    expect(server.evidence("shop/hello", "uid-1")[0]).not.toHaveProperty("running");
  });

  test("that goes away is forgotten, and somebody is told", async () => {
    const told: string[] = [];
    const { server, proxy } = await started({ onEvidence: (key) => told.push(key) });
    const web = proxy();
    web.ask(name);
    await vi.waitFor(() => expect(told).toEqual(["shop/hello"]), soon);
    web.close();
    await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1")).toEqual([]), soon);
    await vi.waitFor(() => expect(told).toEqual(["shop/hello", "shop/hello"]), soon);
  });
});

test("an answer is encoded once for all proxies", async () => {
  const { server, proxy } = await started();
  const v1 = content("v1");
  const proxies = Array.from({ length: 20 }, () => proxy());
  for (const each of proxies) each.ask(name);
  await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1").length).toBe(20), soon);
  server.publish("shop/hello", "uid-1", v1);
  for (const each of proxies) await each.answer(1);
  expect(v1.encode).toHaveBeenCalledTimes(1);
});

test("a resource that is withdrawn leaves its streams in silence, and is answered when it is back", async () => {
  const { server, proxy } = await started();
  server.publish("shop/hello", "uid-1", content("v1"));
  const web = proxy();
  web.ask(name);
  await web.answer(1);
  web.reply("v1");
  server.withdraw("shop/hello");
  expect(server.version("shop/hello")).toBeUndefined();
  server.publish("shop/hello", "uid-1", content("v2"));
  expect((await web.answer(2)).version_info).toBe("v2");
});

test("a proxy that starts while the newest content is refused gets what the others run, and the next content when it comes", async () => {
  const { server, proxy } = await started();
  const running = proxy();
  running.ask(name);
  server.publish("shop/hello", "uid-1", content("v1"));
  await running.answer(1);
  running.reply("v1");
  await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1")[0]?.running).toBe("v1"), soon);
  server.publish("shop/hello", "uid-1", content("v2"));
  await running.answer(2);
  running.reply("v2", "no such thing");

  const fresh = proxy();
  fresh.ask(name);
  expect((await fresh.answer(1)).version_info).toBe("v2");
  fresh.reply("v2", "no such thing");
  expect((await fresh.answer(2)).version_info).toBe("v1");
  fresh.reply("v1");
  const refused = { running: "v1", refused: { version: "v2", message: "no such thing" } };
  await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1")).toMatchObject([refused, refused]), soon);
  server.publish("shop/hello", "uid-1", content("v3"));
  expect((await fresh.answer(3)).version_info).toBe("v3");
});

test("a proxy whose slot is of a deleted resource is neither answered nor counted for the one that took its name", async () => {
  const { server, proxy } = await started();
  const draining = proxy(tokenFor(tokenKey, "shop/hello", "uid-0"));
  draining.ask(name);
  const web = proxy();
  web.ask(name);
  server.publish("shop/hello", "uid-1", content("v1"));
  await web.answer(1);
  web.reply("v1");
  await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1")[0]?.running).toBe("v1"), soon);
  expect(server.evidence("shop/hello", "uid-1").length).toBe(1);
  expect(server.evidence("shop/hello", "uid-0")).toEqual([{ node: expect.stringContaining("web-0.shop") }]);
  expect(draining.answers).toEqual([]);
});

test("proxies that do not read hold up no other namespace, and not the kill switch of their own", async () => {
  const { server, port, proxy } = await started({ maxUnderWay: 8_000_000 });
  const large = (version: string) =>
    content(
      version,
      vi.fn(async () => Buffer.alloc(2_000_000, 7)),
    );
  server.publish("shop/hello", "uid-1", large("v1"));
  const other = proxy(tokenFor(tokenKey, "other/hello", "uid-2"));
  other.ask("asmfilter.io/other/hello");
  await vi.waitFor(() => expect(server.evidence("other/hello", "uid-2").length).toBe(1), soon);
  for (let index = 0; index < 8; index++)
    open.push(stalledProxy(port, authority.certificate, tokenFor(tokenKey, "shop/hello", "uid-1")));
  await vi.waitFor(() => expect(server.evidence("shop/hello", "uid-1").length).toBe(8), soon);
  server.publish("other/hello", "uid-2", large("v1"));
  expect((await other.answer(1)).version_info).toBe("v1");
  server.publish("shop/hello", "uid-1", content("off"));
  const sound = proxy();
  sound.ask(name);
  expect((await sound.answer(1)).version_info).toBe("off");
});

describe("refused at once is a stream", () => {
  const cases: [string, string, string, object, status][] = [
    ["without a token", "", name, {}, status.UNAUTHENTICATED],
    [
      "with the token of another uid",
      tokenFor(tokenKey, "shop/hello", "uid-1").replace("uid-1", "uid-2"),
      name,
      {},
      status.UNAUTHENTICATED,
    ],
    ["with the token of another resource", tokenFor(tokenKey, "shop/other", "uid-1"), name, {}, status.UNAUTHENTICATED],
    [
      "with the token of another installation",
      tokenFor(Buffer.alloc(32, 8), "shop/hello", "uid-1"),
      name,
      {},
      status.UNAUTHENTICATED,
    ],
    [
      "that asks for a name which is not ours",
      tokenFor(tokenKey, "shop/hello", "uid-1"),
      "hello",
      {},
      status.INVALID_ARGUMENT,
    ],
    [
      "that asks for another type",
      tokenFor(tokenKey, "shop/hello", "uid-1"),
      name,
      { type_url: "type.googleapis.com/a.B" },
      status.INVALID_ARGUMENT,
    ],
    [
      "that asks for two",
      tokenFor(tokenKey, "shop/hello", "uid-1"),
      name,
      { resource_names: [name, "asmfilter.io/shop/b"] },
      status.INVALID_ARGUMENT,
    ],
  ];
  test.each(cases)("%s", async (_, token, resource, fields, code) => {
    const { server, proxy } = await started();
    server.publish("shop/hello", "uid-1", content("v1"));
    const stranger = proxy(token);
    stranger.ask(resource, fields);
    expect((await stranger.ended).code).toBe(code);
    expect(stranger.answers).toEqual([]);
    expect(server.evidence("shop/hello", "uid-1")).toEqual([]);
  });

  test("that turns to another resource later", async () => {
    const { proxy } = await started();
    const web = proxy();
    web.ask(name);
    web.ask("asmfilter.io/shop/other");
    expect((await web.ended).code).toBe(status.INVALID_ARGUMENT);
  });

  test("beyond the number that is allowed", async () => {
    const { server, proxy } = await started({ maxStreams: 1 });
    proxy().ask(name);
    await vi.waitFor(() => expect(server.streams).toBe(1), soon);
    const second = proxy();
    second.ask(name);
    expect((await second.ended).code).toBe(status.RESOURCE_EXHAUSTED);
  });
});

/** The serial number of the certificate that a new connection is met with. */
async function servedSerial(port: number): Promise<string> {
  const servername = "asmfilter-controller.asmfilter-system.svc";
  const socket = connectTLS({ port, host: "127.0.0.1", ca: authority.certificate, servername, ALPNProtocols: ["h2"] });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}

test("a certificate that is renewed serves new connections, and those that exist go on", async () => {
  const { server, port, proxy } = await started();
  const before = proxy();
  before.ask(name);
  await vi.waitFor(() => expect(server.streams).toBe(1), soon);
  const earlier = await servedSerial(port);
  await identity.renew();
  await vi.waitFor(async () => expect(await servedSerial(port)).not.toBe(earlier), soon);
  const after = proxy();
  after.ask(name);
  await vi.waitFor(() => expect(server.streams).toBe(2), soon);
  server.publish("shop/hello", "uid-1", content("v1"));
  await before.answer(1);
  await after.answer(1);
});

test("stopping tells the proxies to go elsewhere", async () => {
  const { server, proxy } = await started();
  const web = proxy();
  web.ask(name);
  await vi.waitFor(() => expect(server.streams).toBe(1), soon);
  await server.stop();
  expect((await web.ended).code).toBe(status.UNAVAILABLE);
});
