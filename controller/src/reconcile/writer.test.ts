import { beforeEach, describe, expect, test } from "vitest";
import { KubeError, type KubeObject, Rate } from "../kube/index.ts";
import type { EnvoyFilter } from "../render/index.ts";
import { EnvoyFilterWriter, type Writing } from "./writer.ts";

const envoyFilter = (name = "hello"): EnvoyFilter => ({
  apiVersion: "networking.istio.io/v1alpha3",
  kind: "EnvoyFilter",
  metadata: {
    name: `asmf-${name}`,
    namespace: "shop",
    labels: {},
    annotations: {},
    ownerReferences: [
      { apiVersion: "asmfilter.io/v1", kind: "ASMFilterDeployment", name, uid: "u1", controller: true },
    ],
  },
  spec: { priority: 10, configPatches: [] },
});

let written: string[];
let there: KubeObject[];
let refusal: Error | undefined;

function writer(rate = new Rate(1_000, 1_000)): EnvoyFilterWriter {
  const apply = async <T extends KubeObject>(_: unknown, object: T): Promise<T> => {
    if (refusal !== undefined) throw refusal;
    written.push(object.metadata.name);
    return object;
  };
  const list = async <T extends KubeObject>(): Promise<T[]> => there as T[];
  return new EnvoyFilterWriter({ apply, list }, rate);
}

const write = (with_ = writer(), name = "hello"): Promise<Writing> =>
  with_.write(`shop/${name}`, envoyFilter(name), undefined);

beforeEach(() => {
  written = [];
  there = [];
  refusal = undefined;
});

describe("no more are written than the rate allows", () => {
  test("and who waits is told for how long, and that nothing is wrong", async () => {
    const made = writer(new Rate(2, 3));
    const outcomes: Writing[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) outcomes.push(await write(made, name));
    expect(written).toEqual(["asmf-a", "asmf-b", "asmf-c"]);
    expect(outcomes[3]?.problem).toMatchObject({ reason: "WaitingForTurn", pending: true });
    expect(outcomes[3]?.again).toBeGreaterThan(300);
    expect(outcomes[4]?.again).toBeGreaterThan(outcomes[3]!.again! + 300);
    // Asking again is not another turn.
    expect((await write(made, "d")).again).toBeLessThanOrEqual(outcomes[3]!.again!);
  });

  test("and a turn that nothing was written in is not kept for later", async () => {
    const made = writer(new Rate(2, 1));
    await write(made, "a");
    expect((await write(made, "b")).done).toBe(false);
    expect(await made.write("shop/b", undefined, undefined)).toEqual({ done: true });
    await new Promise((over) => setTimeout(over, 600));
    await write(made, "c");
    expect((await write(made, "b")).done).toBe(false);
  });
});

describe("one of its name that is there already", () => {
  const object = (labels: Record<string, string>, owner?: { kind: string; name: string }): KubeObject => {
    const ownerReferences = owner === undefined ? [] : [{ apiVersion: "v1", uid: "u0", ...owner }];
    return { metadata: { name: "asmf-hello", namespace: "shop", labels, ownerReferences } };
  };
  const label = { "app.kubernetes.io/managed-by": "asmfilter" };
  const resource = { kind: "ASMFilterDeployment", name: "hello" };
  test.each<[string, KubeObject, boolean]>([
    ["is left alone when a person made it", object({}), false],
    ["is left alone when it belongs to something else", object(label, { kind: "Chart", name: "hello" }), false],
    ["is left alone when it belongs to another resource", object(label, { ...resource, name: "hallo" }), false],
    ["is taken when it is the resource's, and lost its label", object({}, resource), true],
    ["is taken when `asmfilter render` made it", object(label), true],
  ])("%s", async (_, found, taken) => {
    there = [found];
    const { done, problem, again } = await write();
    expect({ done, reason: problem?.reason }).toEqual(taken ? { done: true } : { done: false, reason: "NameTaken" });
    expect(written.length).toBe(taken ? 1 : 0);
    expect(again).toBe(taken ? undefined : 30_000);
  });
});

test.each<[string, Error, object]>([
  ["a refusal is an answer", new KubeError(422, "Invalid", "denied"), { reason: "EnvoyFilterRefused", error: false }],
  [
    "a webhook that is away is told, and tried again soon",
    new KubeError(500, "InternalError", "failed calling webhook"),
    { reason: "EnvoyFilterNotWritten", error: true },
  ],
  ["so is an API server that is away", new Error("ECONNREFUSED"), { reason: "EnvoyFilterNotWritten", error: true }],
])("%s", async (_, error, expected) => {
  refusal = error;
  const { done, problem, error: thrown } = await write();
  expect(done).toBe(false);
  expect({ reason: problem?.reason, error: thrown !== undefined }).toEqual(expected);
});
