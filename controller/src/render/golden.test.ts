import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { type ASMFilterDeployment, parseDeployment } from "../api/index.ts";
import { type Artifact, check, render, type Settings, slotContent } from "./index.ts";

const folder = join(import.meta.dirname, "testdata");
const cases = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.replace(/\.yaml$/, ""));

const settings: Settings = {
  address: "asmfilter-controller.asmfilter-system.svc:9443",
  ca: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  token: ({ namespace, name }) => `token-of-${namespace}-${name}`,
};

/** A case's first document is the resource; the second says what is special about the artifact's config. */
function read(name: string): { deployment: ASMFilterDeployment; artifact: Artifact } {
  const [resource, config] = parseAllDocuments(readFileSync(join(folder, `${name}.yaml`), "utf8")).map((document) =>
    document.toJS(),
  );
  const artifact = {
    digest: `sha256:${"0123456789abcdef".repeat(4)}`,
    wasmSha256: "fedcba9876543210".repeat(4),
    size: 4711,
    capabilities: ["proxy_log", "proxy_on_configure", "proxy_on_response_headers", "proxy_add_header_map_value"],
    ...(config?.config !== "none" && { config: { type: "http", rootIDs: ["hello"], ...config } }),
  };
  return { deployment: parseDeployment(resource), artifact };
}

/** With ASMFILTER_UPDATE_GOLDEN=1 the files are written instead of compared: read the difference before you commit it. */
function expectGolden(file: string, value: unknown): void {
  const path = join(folder, "golden", file);
  const text = stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
  if (process.env.ASMFILTER_UPDATE_GOLDEN === "1") {
    mkdirSync(join(folder, "golden"), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, "utf8"));
}

describe.each(cases)("%s", (name) => {
  const { deployment, artifact } = read(name);

  test("is a resource and an artifact that go together", () => {
    expect(() => check(deployment, artifact)).not.toThrow();
  });

  test("gives the EnvoyFilter of the golden file", () => {
    expectGolden(`${name}.envoyfilter.yaml`, render(deployment, artifact, settings));
  });

  test("gives the slot's content of the golden file", () => {
    expectGolden(`${name}.content.yaml`, slotContent(deployment, artifact));
  });
});

test("every golden file belongs to a case", () => {
  const golden = readdirSync(join(folder, "golden")).map((file) => file.replace(/\.(envoyfilter|content)\.yaml$/, ""));
  expect([...new Set(golden)].sort()).toEqual(cases.toSorted());
});
