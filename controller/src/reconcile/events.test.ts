import { expect, test } from "vitest";
import { KubeError, type KubeObject } from "../kube/index.ts";
import { type Happening, tell } from "./events.ts";

const ready = (note: string): Happening => ({ type: "Normal", reason: "Running", note });
const refused = (note: string): Happening => ({ type: "Warning", reason: "ProxyRejected", note });
const resource = (generation: number, name = "hello"): KubeObject => ({
  metadata: { name, namespace: "shop", uid: "u1", generation },
});

test("the same is told once of each generation, also by a controller that started since", async () => {
  const told = new Map<string, string>();
  const create = async <T extends KubeObject>(_: unknown, event: T): Promise<T> => {
    const { name } = event.metadata;
    if (told.has(name)) throw new KubeError(409, "AlreadyExists", `${name} already exists`);
    told.set(name, (event as unknown as Happening).note);
    return event;
  };
  const happened: [number, Happening][] = [
    [1, ready("1 of 1 proxies")],
    [1, ready("2 of 2 proxies")],
    [1, refused("shop/web-0")],
    [1, refused("shop/web-1")],
    [1, refused("shop/web-0")],
    [2, ready("2 of 2 proxies, again")],
  ];
  for (const [generation, happening] of happened) await tell({ create }, resource(generation), happening);
  expect([...told.values()]).toEqual(["1 of 1 proxies", "shop/web-0", "shop/web-1", "2 of 2 proxies, again"]);
});

test("an event's name is one, however long the resource's", async () => {
  let name = "";
  const create = async <T extends KubeObject>(_: unknown, event: T): Promise<T> => {
    name = event.metadata.name;
    return event;
  };
  await tell({ create }, resource(1, `${"a".repeat(229)}.${"b".repeat(10)}`), ready("well"));
  expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  expect(name.length).toBeLessThanOrEqual(253);
});
