import { cp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf, { type Type } from "protobufjs";
import { beforeAll, describe, expect, test } from "vitest";
import { build } from "../build.ts";
import { guestFolder } from "../testdata/guest.ts";
import { SmallProxy } from "../testdata/proxy.ts";
import { randomMessage, randomOf } from "../testdata/random-message.ts";

const PROTO = fileURLToPath(new URL("../testdata/proto", import.meta.url));
const NO_MESSAGE = "no message";
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

const source = `
  import { Action, Body, BodyFilter, filter, log } from "@asmfilter/sdk";
  import { Everything, Everything_Choice } from "./proto/everything";

  @filter("echo")
  class Echo extends BodyFilter {
    onWholeRequest(body: Body): Action {
      const message = Everything.decode(body.bytes());
      if (message === null) {
        body.replace("${NO_MESSAGE}");
        return Action.Continue;
      }
      log.info(message.choice.toString());
      body.replace(message.encode());
      return Action.Continue;
    }
  }`;

let folder: string;
let proxy: SmallProxy;
let everything: Type;
let stream = 2;

beforeAll(async () => {
  folder = await guestFolder({ "assembly/index.ts": source });
  await cp(PROTO, join(folder, "proto"), { recursive: true });
  proxy = new SmallProxy((await build({ folder })).wasm);
  proxy.configure(undefined);
  const root = new protobuf.Root();
  root.resolvePath = (_from, path) => (protobuf.common.get(path) ? path : join(PROTO, path));
  everything = (await root.load("everything.proto")).lookupType("test.v1.Everything");
});

/** What the guest makes of the bytes: reads them as a message, and writes that. */
function echo(bytes: Uint8Array): Uint8Array {
  proxy.request(stream, []);
  proxy.buffers[0] = bytes;
  proxy.call("proxy_on_request_body", stream, bytes.length, 1);
  proxy.end(stream++);
  return proxy.buffers[0];
}

/** With the defaults: protobufjs writes a zero that it was given, and proto3 does not. */
const plain = (bytes: Uint8Array) =>
  everything.toObject(everything.decode(bytes), { longs: String, bytes: String, defaults: true });
const isRefused = (bytes: Uint8Array) => Buffer.from(echo(bytes)).toString() === NO_MESSAGE;

describe("messages", () => {
  test(`of any content are read and written as protobufjs does (SEED=${seed})`, () => {
    const random = randomOf(seed);
    for (let i = 0; i < 300; i++) {
      const bytes = everything.encode(randomMessage(everything, random)).finish();
      expect(plain(echo(bytes)), `message ${i} of seed ${seed}`).toEqual(plain(bytes));
    }
  });

  test(`that are damaged never trap, and what is taken can be read by others (SEED=${seed})`, () => {
    const random = randomOf(seed + 1);
    let refused = 0;
    for (let i = 0; i < 1500; i++) {
      const bytes = Buffer.from(everything.encode(randomMessage(everything, random)).finish());
      for (let n = random(3); n >= 0; n--) if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
      const answer = echo(bytes.subarray(0, random(bytes.length + 1)));
      if (Buffer.from(answer).toString() === NO_MESSAGE) refused++;
      else expect(() => everything.decode(answer)).not.toThrow();
    }
    expect(refused).toBeGreaterThan(100);
  });

  test("of another's unknown fields, and of both forms of lists, are read", () => {
    const writer = new protobuf.Writer();
    writer
      .uint32(1000 * 8)
      .uint64(7)
      .uint32(1001 * 8 + 1)
      .fixed64(7)
      .uint32(1002 * 8 + 5)
      .fixed32(7);
    writer.uint32(1003 * 8 + 2).string("new");
    writer
      .uint32(1004 * 8 + 3)
      .uint32(8)
      .uint32(1)
      .uint32(1005 * 8 + 3)
      .uint32(1005 * 8 + 4)
      .uint32(1004 * 8 + 4);
    writer
      .uint32(40 * 8)
      .int32(-1)
      .uint32(40 * 8 + 2)
      .fork()
      .int32(2)
      .int32(3)
      .ldelim();
    writer
      .uint32(42 * 8 + 2)
      .fork()
      .uint64(4)
      .ldelim();
    expect(plain(echo(writer.finish()))).toMatchObject({ manyInt32: [-1, 2, 3], manyUint64: ["4"] });
  });

  test("keep the last of a oneof, and merge what comes twice", () => {
    const twice = Buffer.concat([
      everything.encode({ text: "a", inner: { name: "kept" } }).finish(),
      everything.encode({ number: 7, inner: { children: [{ name: "c" }] } }).finish(),
    ]);
    expect(plain(echo(twice))).toMatchObject({ number: "7", inner: { name: "kept", children: [{ name: "c" }] } });
    expect(plain(echo(twice))).not.toHaveProperty("text");
    expect(proxy.logs.at(-1)).toBe("2 31");
  });

  test.each([
    ["a length beyond the end", [0x72, 0x05, 0x61]],
    ["a length beyond the memory", [0x72, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["a length of 64 bits", [0x72, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ["an inner message that ends in a field", [0x8a, 0x01, 0x02, 0x0a, 0x05]],
    ["a number without an end", [0x08, 0x80]],
    ["a number of eleven bytes", [0x08, ...Array(10).fill(0x80), 0x01]],
    ["a fixed number that is cut off", [0x3d, 0x01, 0x02]],
    ["field 0", [0x00, 0x00]],
    ["a field beyond 29 bits", [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00]],
    ["wire type 7", [0x0f, 0x00]],
    ["the end of no group", [0x0c]],
    ["a group without an end", [0x0b, 0x10, 0x01]],
    ["an unknown list that is cut off", [0xfa, 0x7f, 0x05, 0x00]],
  ])("are refused: %s", (_name, bytes) => {
    expect(isRefused(new Uint8Array(bytes))).toBe(true);
  });

  test("may be nested a hundred deep, and no deeper", () => {
    const nested = (depth: number) => {
      let bytes = new Uint8Array(0);
      for (let i = 0; i < depth; i++) {
        const writer = new protobuf.Writer().uint32(3 * 8 + 2).bytes(bytes);
        bytes = new Uint8Array(writer.finish());
      }
      return new Uint8Array(
        new protobuf.Writer()
          .uint32(17 * 8 + 2)
          .bytes(bytes)
          .finish(),
      );
    };
    expect(isRefused(nested(99))).toBe(false);
    expect(isRefused(nested(100))).toBe(true);
    expect(isRefused(nested(10_000))).toBe(true);
    expect(isRefused(new Uint8Array(10_000).fill(0x0b))).toBe(true);
  });
});

describe("generated files", () => {
  const textOf = (path: string) => readFile(join(folder, "assembly/proto", path), "utf8");

  test("say where they come from, and are written only when they change", async () => {
    const path = join(folder, "assembly/proto/everything.ts");
    expect(await textOf("everything.ts")).toMatch(
      /^\/\/ Made by asmfilter build from proto\/everything\.proto: change that, not this\.\n/,
    );
    const before = (await stat(path)).mtimeMs;
    await build({ folder });
    expect((await stat(path)).mtimeMs).toBe(before);
    await writeFile(path, "// spoilt");
    await build({ folder });
    expect(await textOf("everything.ts")).toContain("export class Everything {");
  });

  test("go when their .proto file goes; what an author wrote beside stays", async () => {
    const own = await guestFolder({
      "assembly/index.ts": source,
      "assembly/proto/own.ts": "// mine",
      "proto/gone.proto": 'syntax = "proto3";\nmessage Gone {}\n',
    });
    await cp(PROTO, join(own, "proto"), { recursive: true });
    await build({ folder: own });
    await stat(join(own, "assembly/proto/gone.ts"));
    await rm(join(own, "proto/gone.proto"));
    await build({ folder: own });
    await expect(stat(join(own, "assembly/proto/gone.ts"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readFile(join(own, "assembly/proto/own.ts"), "utf8")).toBe("// mine");
  });

  test("keep names that the language or the class has apart, and name services for calls", async () => {
    const text = await textOf("everything.ts");
    expect(text).toContain("export class Map_ {");
    expect(text).toContain("  constructor_: string");
    expect(text).toContain(
      'export const service: string = "test.v1.Greeter";\n  export const SayHello: string = "SayHello";',
    );
  });
});

test("a service has a function for each call, whatever its methods and messages are named", async () => {
  const odd = await guestFolder({
    "proto/odd.proto": `syntax = "proto3"; package odd;
      message Status { int32 code = 1; }
      message Context { string id = 1; }
      service Odd {
        rpc Delete (Status) returns (Context);
        rpc Service (Status) returns (Status);
        rpc check (Status) returns (Status);
        rpc Watch (Status) returns (stream Context);
        rpc Tell (stream Status) returns (Context);
        rpc delete (Status) returns (Context);
        rpc service (Status) returns (Context);
      }`,
    "assembly/index.ts": `
      import { Action, filter, GrpcReply, GrpcResponseHandler, GrpcStatus, Headers, HttpFilter, log } from "@asmfilter/sdk";
      import { Context, Odd, Status } from "./proto/odd";

      class OnDelete extends GrpcResponseHandler<A, Context> {
        onResponse(stream: A, response: Context | null, reply: GrpcReply): void {
          if (response !== null) log.info(response.id);
        }
      }
      class OnStatus extends GrpcResponseHandler<A, Status> {
        onResponse(stream: A, response: Status | null, reply: GrpcReply): void {}
      }
      @filter("a") class A extends HttpFilter {
        onRequestHeaders(headers: Headers, endOfStream: bool): Action {
          Odd.delete__(this, "a", new Status(), new OnDelete());
          Odd.service__(this, "a", new Status(), new OnStatus(), 5, [["x", "y"]]);
          Odd.check_(this, "a", new Status(), new OnStatus());
          log.info(Odd.Watch + Odd.Tell + Odd.delete_ + Odd.service_);
          return Action.Pause;
        }
      }`,
  });
  const { warnings, config } = await build({ folder: odd });
  expect(warnings).toEqual([]);
  expect(config.imports).toContain("proxy_grpc_call");
  const text = await readFile(join(odd, "assembly/proto/odd.ts"), "utf8");
  expect(text.match(/export function \w+/g)).toEqual(
    ["delete__", "service__", "check_", "delete___", "service___"].map((name) => `export function ${name}`),
  );
});

test("words of the language, and names that stand in the way of others, are names of fields and values all the same", async () => {
  const text = await readFile(fileURLToPath(new URL("../testdata/names.proto", import.meta.url)), "utf8");
  const guest = `
    import { Action, Body, BodyFilter, filter } from "@asmfilter/sdk";
    import { Names, Names_Way_, Word } from "./proto/names";

    @filter("names")
    class Echo extends BodyFilter {
      onWholeRequest(body: Body): Action {
        const names = Names.decode(body.bytes())!;
        if (names.way == Names_Way_.None_ && names.hasSize_ && names.hasSize) names.word = Word.default_;
        body.replace(names.encode());
        return Action.Continue;
      }
    }`;
  const own = await guestFolder({ "assembly/index.ts": guest, "proto/names.proto": text });
  const echoing = new SmallProxy((await build({ folder: own })).wasm);
  echoing.configure(undefined);
  const { root } = protobuf.parse(text);
  const type = root.lookupType("names.v1.Names");
  const numbers = Object.fromEntries(
    type.fieldsArray.filter((field) => field.id > 4).map(({ name, id }) => [name, id]),
  );
  const sent = { ...numbers, none: true, size: 0, hasSize: true, type: "t", word: 0 };
  echoing.request(2, []);
  echoing.buffers[0] = type.encode(sent).finish();
  echoing.call("proxy_on_request_body", 2, echoing.buffers[0].length, 1);
  expect(type.toObject(type.decode(echoing.buffers[0]))).toEqual({ ...sent, word: 1 });
});

test.each([
  ["another syntax", 'syntax = "proto2";', 'proto/a.proto: begins not with syntax = "proto3";'],
  ["a mistake", 'syntax = "proto3"; message M { int32 }', "proto/a.proto: illegal name '}' (line 1)"],
  ["a type that is not there", 'syntax = "proto3"; message M { N n = 1; }', "no such Type or Enum 'N' in Type .M"],
  [
    "an import that is not there",
    'syntax = "proto3"; import "b.proto";',
    "proto/b.proto, which proto/a.proto imports, cannot be read",
  ],
])("a .proto file with %s is refused", async (_name, text, expected) => {
  const wrong = await guestFolder({ "assembly/index.ts": source, "proto/a.proto": text });
  await expect(build({ folder: wrong })).rejects.toMatchObject({
    code: "ASMF_PROTO",
    message: expect.stringContaining(expected),
  });
});
