import { finishContext } from "../abi/contexts";
import { writeLog } from "../abi/log";
import { readProperty } from "../abi/properties";
import { setTickPeriodMilliseconds } from "../abi/timer";
import { LogLevel, Status } from "../abi/types";
import { release, resultAddress, resultLength } from "../memory/scratch";
import { literalBytes, literalLength, utf8 } from "../memory/text";
import { SharedQueue } from "../shared/queue";
import { Context } from "./contexts";
import { announce } from "./table";

/**
 * The type argument of filters without configuration; what they are given is not even read. Global, since a default is
 * looked up in the file that leaves it out.
 */
// @ts-ignore: decorator
@global
export class NoConfig {}

/** The root whose configuration is given to the context made next. */
let owner: PluginContext | null = null;

/** The decoded configuration for the filter or root that is being made. */
@inline
export function currentConfig<C>(): C {
  const root = owner;
  return changetype<C>(root === null ? <usize>0 : changetype<usize>(root._decoded));
}

/** One configuration of a plugin in the proxy. The compiler derives a class from it for each filter. */
export class PluginContext extends Context {
  /** The decoded configuration; an instance of the filter's `@config` class. */
  _decoded: Object | null = null;

  /** Decodes the configuration; false if the proxy must refuse it. Written by the compiler. */
  _decode(): bool {
    return true;
  }

  /** Makes the filter of a stream. Written by the compiler. */
  _create(): Context {
    return unreachable();
  }

  /** Called once for each plugin of the VM, before its configuration is decoded. Answer false to refuse. */
  onStart(): bool {
    return true;
  }

  /** Called when the configuration has been decoded. Answer false, after logging why, to refuse it. */
  onConfigure(): bool {
    return true;
  }

  /**
   * Called at each period that {@link setTickPeriod} asked for: in each worker thread, and in Envoy in the main thread as well, whose VM
   * has no streams. So what should happen once in a proxy happens once more than it has workers.
   */
  onTick(): void {}

  /**
   * Called when an item was put into a queue that this root registered. Take items until there are none: of several worker
   * threads Envoy tells only the one that registered last, and another may have taken the item already.
   */
  onQueueReady(queue: SharedQueue): void {}

  /** Called where an extension of the proxy calls the plugin by a number of its own. Stock Envoy has none that does. */
  onForeignFunction(id: u32, argument: Uint8Array): void {}

  /** Asks for {@link onTick} every so many milliseconds; 0 ends it. From `onStart`, `onConfigure` or `onTick`. */
  setTickPeriod(milliseconds: u32): Status {
    return setTickPeriodMilliseconds(milliseconds);
  }

  /** Lets the proxy go on, from a later callback of this root, after {@link onDone} answered false. */
  done(): Status {
    return finishContext();
  }
}

/**
 * The plugin itself, beside its streams: what happens once per configuration rather than once per request.
 *
 *     @root("hello")
 *     class HelloRoot extends RootContext<Config> {
 *       onConfigure(): bool { return this.config.value != ""; }
 *     }
 */
export class RootContext<C = NoConfig> extends PluginContext {
  /** The plugin's configuration. Not there before `onConfigure`: in `onStart` it traps. */
  get config(): C {
    const decoded = this._decoded;
    if (decoded === null) unreachable();
    return changetype<C>(changetype<usize>(decoded));
  }

  /** Never called. It lets the compiler name `C` of a root class, as `valueof<Root>`, through any bases. */
  @operator("[]")
  protected _config(index: i32): C {
    return this.config;
  }
}

/** A plugin whose root id no filter of the module carries. */
export class UnknownPlugin extends PluginContext {
  _decode(): bool {
    writeLog(LogLevel.Error, "the module has no filter for the root id of this plugin");
    return false;
  }
}

/** Makes the context of a stream under `root`. */
export function createStream(root: PluginContext, id: u32): Context {
  owner = root;
  announce(id);
  return root._create();
}

/** Whether the plugin that the proxy is creating has this root id. */
export function rootIs(id: usize): bool {
  const name = utf8("plugin_root_id");
  if (readProperty(literalBytes(name), literalLength(name)) != Status.Ok) return !literalLength(id);
  const same = resultLength() == literalLength(id) && !memory.compare(resultAddress(), literalBytes(id), resultLength());
  release(resultAddress());
  return same;
}
