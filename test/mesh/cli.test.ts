import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  agentFetcher,
  asmfilter,
  available,
  envoyFilterValidator,
  fetchAsAgent,
  Registry,
  removeFolder,
  requirePart,
  temporaryFolder,
  validateEnvoyFilters,
} from "../stack/index.ts";

const root = join(import.meta.dirname, "..", "..");
const resource = join(root, "docs", "tutorial", "hello.yaml");

describe("what asmfilter writes, in the hands of Istio", () => {
  const registry = new Registry();
  let folder: string;
  let image: string;

  beforeAll(async () => {
    if (!available(Registry)) return;
    await registry.start();
    folder = await temporaryFolder("cli");
    image = `${registry.address}/filters/hello:0.1.0`;
    await asmfilter(["init", join(folder, "hello")]);
    await asmfilter(["push", join(folder, "hello"), image]);
  });
  afterAll(async () => {
    await registry.stop();
    await removeFolder(folder);
  });

  test("the istio-agent's own fetcher takes what `push` wrote, and has the same module", async (context) => {
    requirePart(context, Registry, agentFetcher);
    const { stdout } = await asmfilter(["inspect", image, "--format", "json"]);
    const { digest, sha256 } = JSON.parse(stdout);
    expect(await fetchAsAgent(image, { insecure: true })).toMatchObject({ sha256 });
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  describe.each(["direct", "registry"])("delivery %s", (delivery) => {
    beforeEach((context) => requirePart(context, Registry, envoyFilterValidator));

    test("Istio's own validator accepts what `render` prints, without a warning", async () => {
      const rendered = await asmfilter(["render", "-f", resource, "--artifact", image, "--delivery", delivery]);
      expect(await validateEnvoyFilters(rendered.stdout)).toEqual([{ name: "asmf-hello", errors: [], warnings: [] }]);
    });
  });
});
