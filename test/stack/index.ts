/**
 * The real parts that the tests in `test/mesh` run on, without containers: each is got or built once into a cache folder, and
 * is a small class with `start`, `stop`, `running` and `logs`.
 *
 *     const mesh = await startMesh();                        // etcd, kube-apiserver, istiod
 *     const pod = await mesh.addPod({ name: "web" });        // istio-agent, Envoy, an application
 *     const { status, headers } = await pod.request({ path: "/" });
 *     await mesh.stop();
 *
 * {@link requirePart} skips a test where a part cannot be had. README.md says what is built and how to bring your own binaries.
 * @module
 */
export { ApiServer } from "./apiserver.ts";
export { type Echo, EchoApp } from "./app.ts";
export { asmfilter } from "./asmfilter.ts";
export { available, firstMissing, type Part, requirePart } from "./availability.ts";
export { cacheFolder } from "./cache.ts";
export { Controller } from "./controller.ts";
export { DockerRegistry, type RegistryCredentials } from "./docker-registry.ts";
export { Envoy, type EnvoyOptions, envoyBinary, envoyMissing, envoyVersion } from "./envoy.ts";
export { Etcd } from "./etcd.ts";
export {
  agentFetcher,
  envoyFilterValidator,
  type FetchedWasm,
  fetchAsAgent,
  type Verdict,
  validateEnvoyFilters,
} from "./istio-judges.ts";
export { Istiod } from "./istiod.ts";
export { Mesh, startMesh } from "./mesh.ts";
export { agentModuleFolder, Pod, type PodOptions, type PodReply, type PodRequest } from "./pod.ts";
export type { PodIdentity } from "./pod-objects.ts";
export { freePort } from "./ports.ts";
export { type Command, Process, removeFolder, StackError, temporaryFolder } from "./process.ts";
export { Registry } from "./registry.ts";
export { Traffic } from "./traffic.ts";
