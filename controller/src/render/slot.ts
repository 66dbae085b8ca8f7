import type { ASMFilterDeployment } from "../api/index.ts";
import type { Artifact } from "./artifact.ts";
import { allowAll } from "./content.ts";
import { effective } from "./effective.ts";
import { slotName } from "./names.ts";
import { slotTypes } from "./types.ts";

/**
 * The filter that is inserted: a name and where to ask for its content (`envoy.config.core.v3.ExtensionConfigSource`).
 * For FailOpen it has a content of its own until the first answer, since Envoy's FAIL_OPEN does not cover loading.
 */
export function slot(deployment: ASMFilterDeployment, artifact: Artifact, configSource: object): object {
  const { type, failurePolicy } = effective(deployment, artifact);
  return {
    name: slotName(deployment),
    config_discovery: {
      config_source: configSource,
      ...(failurePolicy === "FailOpen" && { default_config: allowAll(type) }),
      type_urls: slotTypes(type),
    },
  };
}
