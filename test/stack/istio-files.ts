import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { cached, cachedFolder } from "./cache.ts";
import { go, goMissing } from "./go-binary.ts";

/** The line of Istio that `test/stack/go/istio/go.mod` pins. */
export const istioVersion = "v0.0.0-20260423205519-b01690e6db7d";

const key = `istio-files-${istioVersion}`;

/** What istiod and the agent need besides their binaries, from Istio's module. */
export interface IstioFiles {
  /** Istio's CustomResourceDefinitions, a JSON array. */
  readonly crds: string;
  /** The template from which the agent writes Envoy's bootstrap. */
  readonly bootstrap: string;
}

export async function istioFiles(): Promise<IstioFiles> {
  const folder = await cached({
    key,
    doing: "copying Istio's CRDs and bootstrap",
    make: async (folder) => {
      const { Dir } = JSON.parse(await go("istio", ["mod", "download", "-json", `istio.io/istio@${istioVersion}`]));
      const crds = await readFile(join(Dir, "manifests/charts/base/files/crd-all.gen.yaml"), "utf8");
      // As JSON: reading nearly a megabyte of YAML takes longer than starting istiod.
      const objects = parseAllDocuments(crds).flatMap((document) => document.toJS() ?? []);
      await writeFile(join(folder, "crds.json"), JSON.stringify(objects));
      const bootstrap = await readFile(join(Dir, "tools/packaging/common/envoy_bootstrap.json"));
      await writeFile(join(folder, "envoy_bootstrap.json"), bootstrap);
    },
  });
  return { crds: join(folder, "crds.json"), bootstrap: join(folder, "envoy_bootstrap.json") };
}

export function istioFilesMissing(): string | undefined {
  if (cachedFolder(key)) return undefined;
  const reason = goMissing("istio");
  return reason && `Istio's CRDs: ${reason}`;
}
