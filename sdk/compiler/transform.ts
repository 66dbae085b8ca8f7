/**
 * The transform that makes a module for proxies out of decorated classes, for use with plain asc:
 *
 *     asc assembly/index.ts --transform @asmfilter/sdk/transform -O3s -o build/hello.wasm
 *
 * After parsing it writes what the decorators promise; after initialisation, when base classes are known, it drops
 * the callbacks that nobody overrides; after compilation it refuses what a proxy would not load.
 * @module
 */
import { Parser, type Program } from "assemblyscript";
import type binaryen from "assemblyscript/binaryen";
import { removeIdleCallbacks } from "./transform/callbacks.ts";
import { announceReaders, writeReaders } from "./transform/config.ts";
import { type Declarations, findDeclarations } from "./transform/declarations.ts";
import { chooseEntry, configureProgram, replaceLibrary } from "./transform/environment.ts";
import { type ConfigClasses, readConfigClasses } from "./transform/fields.ts";
import { refuseCallsAtStart, refuseUnknownImports } from "./transform/imports.ts";
import { joinAtOnce } from "./transform/join.ts";
import { placeLiterals } from "./transform/literals.ts";
import { guardLogging } from "./transform/logging.ts";
import { checkPlugins, moduleType } from "./transform/prototypes.ts";
import { writeRegistry } from "./transform/registry.ts";
import { configSchema, type JSONSchema } from "./transform/schema.ts";
import { SDK, userSources } from "./transform/source.ts";
import { makeTraceable } from "./transform/traceable.ts";
import { findUpstreams } from "./transform/upstreams.ts";
import { dropUnusedBodyFilter, writeWants } from "./transform/whole-bodies.ts";

/** What the transform learns about a filter while it compiles. */
export interface FilterFacts {
  /** What its filters extend; null for a module that has none. */
  type: "http" | "network" | null;
  rootIDs: string[];
  /** Of the configuration; of any of them, where the root ids differ. */
  schema: JSONSchema;
  /** The names that the filter gives to `upstream()`. */
  upstreams: string[];
}

/** asc makes an instance for each compilation and calls the three methods in turn. */
export default class FilterTransform {
  declare readonly program: Program;
  declare readonly binaryen: typeof binaryen;
  facts: FilterFacts | undefined;
  /** What `filter.yaml` lists; undefined where nobody read it, as with plain asc. */
  listedUpstreams: readonly string[] | undefined;
  #upstreams: string[] = [];
  #declarations: Declarations = { plugins: [], configs: [] };
  #classes: ConfigClasses = new Map();

  constructor() {
    // asc puts them on the prototype just before, where the next compilation replaces them, be this one over or not.
    const { program, binaryen } = this.constructor.prototype as FilterTransform;
    Object.assign(this, { program, binaryen });
  }

  afterParse(parser: Parser): void {
    if (!(parser instanceof Parser)) {
      throw new Error("asc and @asmfilter/sdk found two copies of assemblyscript; install it once");
    }
    configureProgram(this.program);
    replaceLibrary(parser);
    joinAtOnce(parser);
    chooseEntry(parser);
    this.#declarations = findDeclarations(parser);
    writeWants(parser);
    announceReaders(parser, this.#declarations.configs);
    writeRegistry(parser, this.#declarations.plugins);
    for (const source of userSources(parser)) guardLogging(parser, source);
    for (const source of parser.sources) {
      const isOurs = source.normalizedPath.startsWith(`${SDK}/`) && source.text.includes("utf8(");
      if (isOurs) placeLiterals(parser, source, source.statements);
    }
  }

  afterInitialize(program: Program): void {
    // Before anything resolves a class, which takes a copy of what is known of its methods.
    dropUnusedBodyFilter(program, this.#declarations);
    this.#classes = readConfigClasses(program, this.#declarations.configs);
    writeReaders(program, this.#classes);
    this.#upstreams = findUpstreams(program, this.listedUpstreams);
    checkPlugins(program, this.#declarations.plugins);
    removeIdleCallbacks(program, this.#declarations);
  }

  afterCompile(module: unknown): void {
    refuseUnknownImports(this.program, this.binaryen, module as binaryen.Module);
    refuseCallsAtStart(this.program, this.binaryen, module as binaryen.Module);
    makeTraceable(module as binaryen.Module, this.program.options);
    const { plugins } = this.#declarations;
    this.facts = {
      type: moduleType(this.program, plugins),
      rootIDs: plugins.map(({ rootID }) => rootID),
      schema: configSchema(this.program, plugins, this.#classes),
      upstreams: this.#upstreams,
    };
  }
}
