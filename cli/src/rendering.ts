import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type ASMFilterDeployment, parseDeployment } from "@asmfilter/controller/api";
import { type Artifact, check, type EnvoyFilter, render, type Settings } from "@asmfilter/controller/render";
import { capabilities, readModule } from "@asmfilter/host/metadata";
import { AsmFilterError as OCIError } from "@asmfilter/oci";
import { sha256 } from "./building.ts";
import type { Context } from "./context.ts";
import { AsmFilterError } from "./errors.ts";
import type { RegistryFlags } from "./options.ts";
import { readResources } from "./resources.ts";
import { openSubject, type Subject } from "./subject.ts";

export interface RenderFlags extends RegistryFlags {
  file: string;
  artifact?: string;
  delivery?: "direct" | "registry";
  controllerAddress?: string;
  controllerCa?: string;
  token?: string;
}

export interface Rendered {
  filters: EnvoyFilter[];
  /** What the user has to know before applying them, a sentence each. */
  warnings: string[];
}

/** Renders every resource of a file by the same functions as the controller; nothing is returned unless all of them are right. */
export async function renderAll(flags: RenderFlags, context: Context): Promise<Rendered> {
  const deployments = (await readResources(flags.file, context)).map((one) => parse(one, flags.delivery));
  const images = new Set(deployments.map(({ spec }) => spec.filter.image));
  const direct = deployments.filter(({ spec }) => spec.delivery === "Direct");
  refuseOneForMany("--artifact", flags.artifact, images.size, "images");
  refuseOneForMany("--token", flags.token, direct.length, "resources");

  const artifacts = new Map<string, Artifact>();
  for (const image of images) artifacts.set(image, await artifactOf(image, flags, context));
  const { settings, placeholders } = await settingsFrom(flags, context);
  const filters = deployments.map((deployment) => {
    const artifact = artifacts.get(deployment.spec.filter.image)!;
    check(deployment, artifact);
    return render(deployment, artifact, settings);
  });
  const warnings = direct.length > 0 && placeholders.length > 0 ? [placeholderWarning(placeholders)] : [];
  return { filters, warnings };
}

/** The flag counts as if it stood in the resource, so that the rules between its fields hold. */
function parse(resource: unknown, delivery: RenderFlags["delivery"]): ASMFilterDeployment {
  const spec = (Object(resource) as { spec?: unknown }).spec;
  if (delivery === undefined || spec === null || typeof spec !== "object") return parseDeployment(resource);
  const wanted = delivery === "direct" ? "Direct" : "Registry";
  return parseDeployment({ ...(resource as object), spec: { ...spec, delivery: wanted } });
}

function refuseOneForMany(flag: string, value: string | undefined, count: number, what: string): void {
  if (value === undefined || count < 2) return;
  throw new AsmFilterError("ASMF_USAGE", `${flag} is for one, and the file names ${count} ${what}`, {
    hint: "Render the resources one at a time, or leave the flag out.",
  });
}

async function artifactOf(image: string, flags: RenderFlags, context: Context): Promise<Artifact> {
  const subject = await openSubject(flags.artifact ?? image, flags, context).catch((error: unknown) => {
    throw flags.artifact === undefined ? withWayOut(error) : error;
  });
  const digest = subject.digest;
  if (digest === undefined) {
    throw new AsmFilterError("ASMF_USAGE", `${flags.artifact} is a module without a manifest, so it has no digest`, {
      hint: "Give --artifact the filter's folder, or an image layout to which it was pushed.",
    });
  }
  refuseOtherDigest(image, { ...subject, digest });
  return {
    digest,
    wasmSha256: sha256(subject.wasm),
    size: subject.wasm.byteLength,
    config: subject.config,
    capabilities: capabilities(readModule(subject.wasm)),
  };
}

/** Where the registry is not to be reached, a copy of the artifact will do. */
function withWayOut(error: unknown): unknown {
  if (!(error instanceof OCIError) || error.code !== "ASMF_OCI_UNREACHABLE") return error;
  const hint = `${error.hint} Or give the artifact by --artifact, from an image layout or the filter's folder.`;
  return new OCIError(error.code, error.message, { hint, cause: error });
}

/** A resource that is pinned to a digest must not be rendered with another artifact. */
function refuseOtherDigest(image: string, { digest, source }: Subject & { digest: string }): void {
  const pinned = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  if (pinned === undefined || pinned === digest) return;
  throw new AsmFilterError("ASMF_ARTIFACT_MISMATCH", `the resource names ${image}, and ${source} is ${digest}`, {
    hint: "Give the artifact that the resource names, or change the digest in the resource.",
  });
}

const defaultAddress = "asmfilter-controller.asmfilter-system.svc:18443";

/** What only the controller of an installation knows; what the flags do not say stands there as a placeholder that cannot be missed. */
async function settingsFrom(
  flags: RenderFlags,
  context: Context,
): Promise<{ settings: Settings; placeholders: string[] }> {
  const ca =
    flags.controllerCa === undefined ? undefined : await readFile(resolve(context.cwd, flags.controllerCa), "utf8");
  const placeholders = [
    ...(ca === undefined ? ["the CA (--controller-ca)"] : []),
    ...(flags.token === undefined ? ["the token (--token)"] : []),
  ];
  const settings: Settings = {
    address: flags.controllerAddress ?? defaultAddress,
    ca: ca ?? "PLACEHOLDER: the CA of asmfilter-controller, PEM",
    token: ({ namespace, name }) => flags.token ?? `PLACEHOLDER-TOKEN-OF-${namespace}/${name}`,
  };
  return { settings, placeholders };
}

function placeholderWarning(placeholders: readonly string[]): string {
  return `delivery Direct needs what only the controller knows: ${placeholders.join(" and ")} stand there as placeholders. Let the controller write this EnvoyFilter, or use --delivery registry for one that needs no controller.`;
}
