import { readBuffer } from "./abi/buffers";
import { BufferType, Status } from "./abi/types";
import { takeText } from "./memory/text";

/**
 * The configuration of the VM, which all plugins in it share; null where it has none. It is a text of whatever form the
 * proxy's operator gave it: Envoy's `vm_config.configuration`. It does not change while the VM lives, and is there in
 * every callback, `onStart` the first. Each call copies it, so keep what a stream needs:
 *
 *     let zone = "nowhere";
 *
 *     onStart(): bool {
 *       const text = vmConfiguration();
 *       if (text !== null) zone = text;
 *       return true;
 *     }
 *
 * The controller gives each filter a VM of its own, whose configuration is what `upstream` reads: it is for filters
 * that are deployed otherwise. Parameters belong into the plugin's configuration, a `@config` class.
 */
export function vmConfiguration(): string | null {
  return readBuffer(BufferType.VmConfiguration, 0, u32.MAX_VALUE) == Status.Ok ? takeText() : null;
}
