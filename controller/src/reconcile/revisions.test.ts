import { beforeEach, expect, test } from "vitest";
import { type Content, type Kube, KubeError, type KubeObject, type Resource, Store } from "../kube/index.ts";
import { Revisions } from "./revisions.ts";

const owner = (name = "hello", uid = "u1") => ({
  apiVersion: "asmfilter.io/v1",
  kind: "ASMFilterDeployment",
  name,
  uid,
});
const revision = (value: number) => ({ spec: { value }, digest: `sha256:${value}` });

let store: Store<KubeObject>;
let full: Map<string, Content>;
let revisions: Revisions;

/** Keeps objects as the API server does, and the store up to date with it. */
const kube: Pick<Kube, "get" | "create" | "merge" | "delete"> = {
  get: async <T>(_: Resource, __: string, name: string) => full.get(name) as T | undefined,
  create: async <T extends KubeObject>(_: Resource, object: T) => {
    const { name } = object.metadata;
    if (full.has(name)) throw new KubeError(409, "AlreadyExists", `${name} already exists`);
    return put(object);
  },
  merge: async <T extends KubeObject>(_: Resource, __: string, name: string, change: unknown) => {
    const { metadata, ...fields } = change as Content;
    const { metadata: before, ...rest } = full.get(name)!;
    return put({ ...rest, ...fields, metadata: { ...before, ...metadata } } as unknown as T);
  },
  delete: async (_, { namespace, name }) => {
    full.delete(name);
    store.delete(`${namespace}/${name}`);
  },
};

let version = 0;
function put<T extends KubeObject>(object: T): T {
  version += 1;
  const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  full.set(object.metadata.name, kept as Content);
  store.set({ metadata: kept.metadata });
  return kept;
}

beforeEach(() => {
  store = new Store();
  full = new Map();
  revisions = new Revisions(kube, store);
});

test("the last ten are kept, and the newest is the one that was good last", async () => {
  for (let value = 1; value <= 15; value++) await revisions.save(owner(), "shop", revision(value));
  const kept = [...full.values()].map(({ data }) => (data as { spec: { value: number } }).spec.value);
  expect(kept.sort((left, right) => left - right)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  expect(await revisions.latest("shop", "hello", "u1")).toEqual(revision(15));
});

test("one that is good again comes first again, and is not written twice", async () => {
  for (const value of [1, 2, 1, 1]) await revisions.save(owner(), "shop", revision(value));
  expect(full.size).toBe(2);
  expect(await revisions.latest("shop", "hello", "u1")).toEqual(revision(1));
});

test("another resource of the same name has none of them", async () => {
  await revisions.save(owner(), "shop", revision(1));
  expect(await revisions.latest("shop", "hello", "u2")).toBeUndefined();
  await revisions.save(owner("hello", "u2"), "shop", revision(1));
  expect(full.size).toBe(2);
});

test("names are fit for the API server, and differ for resources that have their beginning in common", async () => {
  const long = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(7)}`;
  const names = [`${long}.e`, `${long}.f`, `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(6)}-.`];
  for (const name of names) await revisions.save(owner(name, name), "shop", revision(1));
  const written = [...full.keys()];
  expect(written.length).toBe(3);
  for (const name of written) {
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  }
});

test("all go with the resource", async () => {
  await revisions.save(owner(), "shop", revision(1));
  await revisions.save(owner("other", "u2"), "shop", revision(1));
  await revisions.remove("shop", "hello");
  expect([...full.keys()]).toEqual([expect.stringMatching(/^asmf-other-/)]);
});
