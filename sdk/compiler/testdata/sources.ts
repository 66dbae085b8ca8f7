import { type Compilation, compile } from "../compile.ts";
import { guestFolder } from "./guest.ts";
import { SmallProxy } from "./proxy.ts";

const NAMES = "Action, Body, config, filter, Headers, HttpFilter, properties, respond, root, RootContext";

/** Compiles a filter whose file imports all of the SDK that authors use. */
export async function compileGuest(text: string): Promise<Compilation> {
  const source = `import { ${NAMES} } from "@asmfilter/sdk";\n${text}`;
  return compile(await guestFolder({ "assembly/index.ts": source }));
}

/** A proxy that runs {@link compileGuest}'s module. */
export async function proxyOf(text: string): Promise<SmallProxy> {
  return new SmallProxy((await compileGuest(text)).wasm);
}
