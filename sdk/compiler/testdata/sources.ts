import { type Compilation, compile } from "../compile.ts";
import { guestFolder } from "./guest.ts";
import { SmallProxy } from "./proxy.ts";

const NAMES = "Action, Body, config, filter, Headers, HttpFilter, properties, respond, root, RootContext";

/** The first line of a filter: all of the SDK that authors use. */
export const IMPORTS = `import { ${NAMES} } from "@asmfilter/sdk";\n`;

/** Compiles a filter, without {@link IMPORTS}. */
export async function compileGuest(text: string): Promise<Compilation> {
  return compile(await guestFolder({ "assembly/index.ts": IMPORTS + text }));
}

/** A proxy that runs {@link compileGuest}'s module. */
export async function proxyOf(text: string): Promise<SmallProxy> {
  return new SmallProxy((await compileGuest(text)).wasm);
}
