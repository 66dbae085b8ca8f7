import { layout } from "./layout/index.ts";
import { parseReference, type Reference } from "./reference.ts";
import { type RepositoryOptions, repository } from "./remote/index.ts";
import type { Target } from "./target.ts";

export interface OpenTargetOptions extends RepositoryOptions {
  /** Against which a layout's relative path is resolved; default the process's. */
  readonly cwd?: string | undefined;
}

/** The target that a reference lies in: a repository, or an image layout on disk. Its tag and digest are for `resolve`, `copy` and others. */
export function openTarget(reference: string | Reference, options: OpenTargetOptions = {}): Target {
  const parsed = typeof reference === "string" ? parseReference(reference) : reference;
  if (parsed.kind === "registry") return repository(parsed, options);
  return layout(parsed.path, options.cwd === undefined ? {} : { cwd: options.cwd });
}
