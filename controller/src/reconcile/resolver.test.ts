import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ModuleRequest } from "../modules/index.ts";
import type { Artifact } from "../render/index.ts";
import { Resolver, type ResolverOptions, type Wanted } from "./resolver.ts";

const artifact: Artifact = { digest: "sha256:1", wasmSha256: "1", size: 1, capabilities: [], config: {} };
const options = { plainHTTP: false, insecureSkipVerify: false };
const wanted = (more: Partial<Wanted> & { image?: string; namespace?: string } = {}): Wanted => {
  const { image = "r.example.com/hello:1", namespace = "shop", ...rest } = more;
  return { request: { namespace, image, options }, always: false, edition: "1", ...rest };
};

type Registry = (request: ModuleRequest) => Promise<Artifact>;
const found: Registry = () => Promise.resolve(artifact);
const missing: Registry = () => Promise.reject(Object.assign(new Error("no such tag"), { code: "ASMF_OCI_NOT_FOUND" }));
const hanging: Registry = () => new Promise(() => undefined);

let asked: ModuleRequest[];
let answered: string[];
let registry: Registry;
let resolver: Resolver;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answered = [];
});
afterEach(() => {
  resolver.close();
  vi.useRealTimers();
});

function start(answers: Registry, more: Partial<ResolverOptions> = {}): void {
  registry = answers;
  const resolve: Registry = (request) => {
    asked.push(request);
    return registry(request);
  };
  resolver = new Resolver({ resolve }, { always: 300_000, onAnswer: (key) => answered.push(key), ...more });
}

/** A look, which lasts no longer than its patience. */
async function look(more?: Parameters<typeof wanted>[0], key = "shop/hello"): Promise<unknown> {
  const looking = resolver.look(key, wanted(more));
  await vi.advanceTimersByTimeAsync(100);
  const resolution = await looking;
  return "artifact" in resolution ? resolution.artifact.digest : resolution.failure.reason;
}

const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1000);

describe("a registry is asked", () => {
  test("once, as long as the image stays the same", async () => {
    start(found);
    expect(await look()).toBe("sha256:1");
    await seconds(100_000);
    expect(await look({ edition: "2" })).toBe("sha256:1");
    expect(asked.length).toBe(1);
    await look({ image: "r.example.com/hello:2" });
    expect(asked.length).toBe(2);
  });

  test("again after the interval with Always, and not before", async () => {
    start(found, { always: 60_000 });
    await look({ always: true });
    await seconds(50);
    await look({ always: true });
    expect(asked.length).toBe(1);
    await seconds(11);
    await look({ always: true });
    expect(asked.length).toBe(2);
  });

  test("after a failure at intervals that double up to five minutes, and at once when the resource changes", async () => {
    start(missing);
    const times: number[] = [];
    const began = Date.now();
    for (let elapsed = 0; elapsed < 1_500; elapsed++) {
      const before = asked.length;
      expect(await look()).toBe("ImageNotFound");
      if (asked.length > before) times.push(Math.round((Date.now() - began) / 1000));
      await vi.advanceTimersByTimeAsync(900);
    }
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].slice(0, gaps.length).map(about));
    expect(gaps.length).toBeGreaterThan(9);
    const before = asked.length;
    await look({ edition: "2" });
    expect(asked.length).toBe(before + 1);
  });

  test("for what left the cache: at once, then less and less often", async () => {
    start(found);
    await look();
    resolver.gone("shop/hello");
    expect(await look()).toBe("sha256:1");
    expect(asked.length).toBe(2);
    resolver.gone("shop/hello");
    await look();
    expect(asked.length).toBe(2);
    await seconds(2);
    resolver.gone("shop/hello");
    await look();
    expect(asked.length).toBe(3);
  });

  test("by three resources of a namespace at a time, while other registries and namespaces come through", async () => {
    start((request) => (request.image.startsWith("tar.") ? hanging(request) : found(request)));
    for (let each = 0; each < 20; each++) {
      expect(await look({ namespace: "evil", image: `tar.example.com/pit:${each}` }, `evil/tar-${each}`)).toBe(
        "Resolving",
      );
    }
    expect(asked.length).toBe(3);
    expect(await look({ namespace: "evil" }, "evil/other")).toBe("sha256:1");
    expect(await look()).toBe("sha256:1");
  });
});

describe("a registry that does not answer", () => {
  test("is not waited for, and its answer is told when it comes", async () => {
    let answer = (_: Artifact): void => undefined;
    start(() => new Promise((resolve) => (answer = resolve)));
    expect(await look()).toBe("Resolving");
    answer(artifact);
    await seconds(0);
    expect(answered).toEqual(["shop/hello"]);
    expect(await look()).toBe("sha256:1");
    expect(asked.length).toBe(1);
  });

  test("is given up after the deadline, and asked again later", async () => {
    vi.useRealTimers();
    start(hanging, { deadline: 100 });
    expect(await resolver.look("shop/hello", wanted())).toMatchObject({ failure: { reason: "Resolving" } });
    await expect.poll(() => answered).toEqual(["shop/hello"]);
    expect(asked[0]?.signal?.aborted).toBe(true);
    const given = await resolver.look("shop/hello", wanted());
    expect(given).toMatchObject({ failure: { reason: "RegistryTimeout" } });
    expect(given.until - Date.now()).toBeGreaterThan(500);
  });

  test("leaves what was known as it was", async () => {
    start(found, { always: 1_000 });
    await look({ always: true });
    await seconds(2);
    registry = hanging;
    expect(await look({ always: true })).toBe("sha256:1");
  });

  test.each<[string, () => unknown]>([
    ["the image changes", () => look({ image: "r.example.com/hello:2" })],
    ["the resource goes", () => resolver.forget("shop/hello")],
    ["the controller stops", () => resolver.close()],
  ])("is not asked any longer when %s", async (_, change) => {
    start((request) => (request.image.endsWith(":1") ? hanging(request) : found(request)));
    await look();
    await change();
    await seconds(0);
    expect(asked[0]?.signal?.aborted).toBe(true);
    expect(answered).toEqual([]);
  });
});

/** A look comes once a second, so what is due may be up to a second late. */
function about(gap: number): unknown {
  return { asymmetricMatch: (value: number) => Math.abs(value - gap) <= 1, toString: () => `about ${gap}` };
}
