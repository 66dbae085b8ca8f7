import { NoConfig, PluginContext } from "../runtime/root";
import { finish, read, start } from "./reader";

/**
 * Decodes the plugin's configuration as `C`. False, after the reason was logged, if it does not fit: the one in
 * force stays then.
 */
export function decodeConfiguration<C>(root: PluginContext): bool {
  if (idof<C>() == idof<NoConfig>()) return true;
  const block = start();
  const decoded = read<C>();
  if (!finish(block)) return false;
  root._decoded = changetype<Object>(changetype<usize>(decoded));
  return true;
}
