import {
  BinaryExpression,
  CallExpression,
  ClassDeclaration,
  FunctionDeclaration,
  IdentifierExpression,
  NamespaceDeclaration,
  type Node,
  type Parser,
  type Program,
  PropertyAccessExpression,
  type Source,
  type SourceKind,
  type Statement,
  ThrowStatement,
} from "assemblyscript";
import { append, CALLBACKS, findSource, rewrite, SDK, userSources } from "./source.ts";

/** What of the browser and of Node has a counterpart in a proxy, by file; the rest is refused where it is used. */
const REPLACED: Record<string, readonly string[]> = {
  "~lib/bindings/dom": ["Date", "performance", "console", "crypto"],
  "~lib/bindings/node": ["process"],
  "~lib/process": ["lazyEnv"],
};
const BINDINGS = `${SDK}/assembly/runtime/bindings`;

/** The language's runtimes, as it numbers them (std/assembly/shared/runtime.ts). */
const MINIMAL = 1;
const INCREMENTAL = 2;
/** Bytes for the references of all functions that are being called; asc's own default. */
const STACK_SIZE = 32 << 10;
const BODY_CALLBACKS = [
  "onRequestBody",
  "onResponseBody",
  "onDownstreamData",
  "onUpstreamData",
  "onWholeRequest",
  "onWholeResponse",
  "onResponse",
  "onMessage",
];
/** What is given a reply, of which status and headers are small: only who asks for more has a body. */
const REPLY_CALLBACKS = ["onReply"];
const BODIES_OF_REPLIES = ["body", "message"];
/** What one callback may ask for again and again, as many items of a queue, or has any size. */
const UNBOUNDED = ["dequeue", "dequeueBytes", "uncompress"];
/** `=`, as the compiler numbers operators (Token). */
const EQUALS = 101;

/** Sets what a module for a proxy needs, whatever asc was asked for. */
export function configureProgram(program: Program): void {
  const { options } = program;
  // A host call from a start section meets a proxy that has no context yet.
  options.exportStart = "_initialize";
  // A body may be of any size, and so may what one callback leaves behind: there the collector has to know what is
  // on the stack. Everywhere else that would only cost (`assembly/memory/mode.ts`).
  const handlesBodies = isGivenBodies(program.sources);
  options.runtime = (handlesBodies ? INCREMENTAL : MINIMAL) as typeof options.runtime;
  options.stackSize = handlesBodies ? STACK_SIZE : 0;
  program.module.useShadowStack = handlesBodies;
  options.globalAliases ??= new Map();
  // The texts of the language's own checks are a tenth of a module: they are kept only beside ones of the author's.
  const abort = userSources(program.parser).some(saysWhyItTraps) ? `${BINDINGS}/abort` : "";
  const aliases = { abort, seed: `${BINDINGS}/seed`, trace: `${BINDINGS}/trace` };
  for (const [name, target] of Object.entries(aliases)) {
    if (!options.globalAliases.has(name)) options.globalAliases.set(name, target);
  }
}

/** Whether a file has `throw new Error(text)`, `assert(isTrue, text)` or `abort(text)`, so that the text is logged. */
function saysWhyItTraps(source: Source): boolean {
  let found = false;
  rewrite(source, (node) => {
    if (node instanceof ThrowStatement) found = true;
    if (node instanceof CallExpression && node.expression instanceof IdentifierExpression) {
      const { text } = node.expression;
      found ||= (text === "assert" && node.args.length > 1) || (text === "abort" && node.args.length > 0);
    }
    return node;
  });
  return found;
}

/** Puts the SDK's memory in the place of the runtime's, and the proxy in the place of the browser. */
export function replaceLibrary(parser: Parser): void {
  for (const name of ["tlsf", "itcms", "tcms", "stub"]) {
    const source = findSource(parser, `~lib/rt/${name}`);
    if (source) source.statements.length = 0;
  }
  for (const [path, names] of Object.entries(REPLACED)) {
    const source = findSource(parser, path);
    if (!source) continue;
    const isReplaced = (each: Statement) =>
      (each instanceof NamespaceDeclaration || each instanceof FunctionDeclaration) && names.includes(each.name.text);
    source.statements = source.statements.filter((statement) => !isReplaced(statement));
    const verb = path.startsWith("~lib/bindings/") ? "export" : "import";
    append(parser, source, `${verb} { ${names.join(", ")} } from "@asmfilter/sdk/assembly/runtime/bindings";`);
  }
}

/** Exports the SDK's callbacks from the module, and nothing of the author's files. */
export function chooseEntry(parser: Parser): void {
  for (const source of parser.sources) {
    if (source.internalPath.startsWith(CALLBACKS))
      source.sourceKind = 1 as SourceKind; // UserEntry
    else if (!source.normalizedPath.startsWith("~lib/")) source.sourceKind = 0 as SourceKind; // User
  }
}

/** Whether what is not the SDK's own handles bodies: in a callback that is given one, or by asking for it. */
function isGivenBodies(sources: Source[]): boolean {
  const own = sources.filter(({ normalizedPath }) => !normalizedPath.startsWith(SDK));
  const declares = (names: string[]) =>
    own.some(({ statements }) => statements.some((each) => declaresAny(each, names)));
  const reads = (names: string[]) => own.some((source) => readsAny(source, names));
  return declares(BODY_CALLBACKS) || reads(UNBOUNDED) || (declares(REPLY_CALLBACKS) && reads(BODIES_OF_REPLIES));
}

function declaresAny(statement: Statement, names: string[]): boolean {
  if (statement instanceof NamespaceDeclaration) return statement.members.some((each) => declaresAny(each, names));
  if (!(statement instanceof ClassDeclaration)) return false;
  return statement.members.some(({ name }) => names.includes(name.text));
}

/** Whether a file reads something of that name: types are not known yet, and one too many costs only size. */
function readsAny(source: Source, names: string[]): boolean {
  // Errors of the language's library have a message; and to look at the text first takes a tenth of the time.
  if (source.internalPath === "~lib/error" || !names.some((name) => source.text.includes(name))) return false;
  const isWanted = (node: Node) => node instanceof PropertyAccessExpression && names.includes(node.property.text);
  let reads = 0;
  rewrite(source, (node) => {
    if (isWanted(node)) reads++;
    // A request that is given its body, say.
    if (node instanceof BinaryExpression && (node.operator as number) === EQUALS && isWanted(node.left)) reads--;
    return node;
  });
  return reads > 0;
}
