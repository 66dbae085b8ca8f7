/**
 * Which filters the module holds. The compiler replaces this file by one made from the `@filter` and `@root`
 * classes; what stands here is its form.
 */
import "../config/decode"; // what the compiler writes calls it
import { PluginContext, UnknownPlugin } from "./root";

/** Makes the root of the plugin that the proxy is creating. */
export function createRoot(): PluginContext {
  return new UnknownPlugin();
}
