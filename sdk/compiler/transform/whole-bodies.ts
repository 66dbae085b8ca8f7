import { ClassDeclaration, ClassPrototype, FunctionPrototype, type Parser, type Program } from "assemblyscript";
import type { Declarations } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import { prototypeOf } from "./prototypes.ts";
import { parseInto, SDK, userSources } from "./source.ts";

const BODY_FILTER = `${SDK}/assembly/http/body-filter/BodyFilter`;
const HTTP_CONTEXT = `${SDK}/assembly/http/filter/HttpContext`;

/** As the compiler numbers the flags of declarations (CommonFlags). */
const OVERRIDDEN = 1 << 28;

/** The callbacks of `BodyFilter`, and for each what the proxy has to call so that it comes to that. */
const NEEDED: Record<string, { by: string; callbacks: readonly string[] }> = {
  onWholeRequest: { by: "_wantsRequest", callbacks: ["onRequestHeaders", "onRequestBody", "onRequestTrailers"] },
  onWholeResponse: { by: "_wantsResponse", callbacks: ["onResponseHeaders", "onResponseBody", "onResponseTrailers"] },
  onRequestTooLarge: { by: "", callbacks: [] },
  onResponseTooLarge: { by: "", callbacks: [] },
};

/** Names of the callbacks that a filter gets from `BodyFilter`, not from the proxy. */
export const BODY_FILTER_CALLBACKS: readonly string[] = Object.keys(NEEDED);

/** What the proxy has to call for a filter that overrides `method`. */
export function neededFor(method: string): readonly string[] {
  return NEEDED[method]?.callbacks ?? [];
}

/** Lets each class that overrides a callback for whole bodies say so, since a base class cannot know. */
export function writeWants(parser: Parser): void {
  for (const source of userSources(parser)) {
    for (const declaration of source.statements) {
      if (!(declaration instanceof ClassDeclaration)) continue;
      const wanted = declaration.members.flatMap(({ name }) => NEEDED[name.text]?.by || []);
      const methods = wanted.map((name) => `protected ${name}(): bool { return true; }`);
      const [written] = parseInto(parser, source, `class _ { ${methods.join("\n")} }`, declaration.name.range);
      if (methods.length > 0 && written instanceof ClassDeclaration) declaration.members.push(...written.members);
    }
  }
}

/**
 * Forgets, where no filter is a `BodyFilter`, that one would override what the proxy's callbacks come by: the compiler
 * would ask each stream's class for it.
 */
export function dropUnusedBodyFilter(program: Program, { plugins }: Declarations): void {
  const used = plugins.some(({ filter }) => {
    const prototype = filter && prototypeOf(program, filter.declaration);
    return prototype && isBodyFilter(prototype);
  });
  if (used) return;
  const context = program.elementsByName.get(HTTP_CONTEXT);
  if (!(context instanceof ClassPrototype)) return;
  for (const [name, member] of context.instanceMembers ?? []) {
    if (!name.startsWith("_") || !(member instanceof FunctionPrototype)) continue;
    member.unboundOverrides = null;
    member.flags &= ~OVERRIDDEN;
  }
}

function isBodyFilter(prototype: ClassPrototype): boolean {
  let base: ClassPrototype | null = prototype;
  while (base && base.internalName !== BODY_FILTER) base = base.basePrototype;
  return base !== null;
}

/** Refuses a callback for whole bodies in a class that is no `BodyFilter`: it would never be called. */
export function checkBodyFilter(program: Program, prototype: ClassPrototype): void {
  if (isBodyFilter(prototype)) return;
  for (const [name, member] of prototype.instanceMembers ?? []) {
    if (!BODY_FILTER_CALLBACKS.includes(name)) continue;
    const message = `"${name}" is a callback of BodyFilter: extend that instead of HttpFilter`;
    reportError(program, member.declaration.name.range, message);
  }
}
