/**
 * The controller: makes the proxies of an Istio mesh run what `ASMFilterDeployment` resources say.
 *
 *     const controller = await startController({ namespace: "asmfilter-system", listen: "0.0.0.0:18443", cache, log: pino() });
 *
 * `api/` is the resource, `render/` what follows from it for Istio and Envoy; `kube/` keeps up with the API server, `modules/` finds and
 * keeps modules, `discovery/` answers the proxies, and `reconcile/` brings them together.
 * @module
 */
export { AsmFilterError, type ErrorCode } from "./errors.ts";
export { type Controller, type ControllerOptions, startController } from "./start.ts";
