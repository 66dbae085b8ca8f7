/**
 * From a resource to what the mesh runs, again and again until they agree.
 *
 *     const again = await reconciler.reconcile("shop/hello");   // milliseconds until the next look, if one is needed
 *
 * A look is *observe → plan → act → report*: {@link plan} and {@link statusOf} are pure and say it all; the {@link Reconciler} does it.
 * @module
 */
export { LastGood, resolverKeys, resourceOf } from "./last-good.ts";
export { ownerKey, type PodMeta, type RawDeployment, type SmallEnvoyFilter, small, smallPod } from "./objects.ts";
export { type Plan, plan, type Situation, type Version, type WrittenEnvoyFilter } from "./plan.ts";
export { Reconciler, type Surroundings } from "./reconciler.ts";
export { Resolver, type ResolverOptions } from "./resolver.ts";
export { Revisions, revisionSelector } from "./revisions.ts";
export { parseSelector, selects } from "./selection.ts";
export { statusOf } from "./status.ts";
export { EnvoyFilterWriter } from "./writer.ts";
