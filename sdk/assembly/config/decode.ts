import { NoConfig, PluginContext } from "../runtime/root";
import { finish, read, start } from "./reader";

/** Decodes the plugin's configuration as `C`. False, after the reason was logged, if it does not fit. */
export function decodeConfiguration<C>(root: PluginContext): bool {
  if (idof<C>() == idof<NoConfig>()) return true;
  const block = start();
  root.decoded = changetype<Object>(changetype<usize>(read<C>()));
  return finish(block);
}
