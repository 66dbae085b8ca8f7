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
import { checkFieldTypes, writeReaders } from "./transform/config.ts";
import { type Declarations, findDeclarations } from "./transform/declarations.ts";
import { chooseEntry, configureProgram, replaceLibrary } from "./transform/environment.ts";
import { type Import, refuseUnknownImports } from "./transform/imports.ts";
import { placeLiterals } from "./transform/literals.ts";
import { guardLogging } from "./transform/logging.ts";
import { writeRegistry } from "./transform/registry.ts";
import { configSchema, type JSONSchema } from "./transform/schema.ts";
import { userSources } from "./transform/source.ts";

/** What the transform learns about a filter while it compiles. */
export interface FilterFacts {
  rootIDs: string[];
  /** Of the first filter's configuration. */
  schema: JSONSchema;
}

/** The functions of Binaryen's module that are used here. */
interface BinaryenModule {
  getNumFunctions(): number;
  getFunctionByIndex(index: number): number;
}

/** asc makes an instance for each compilation and calls the three methods in turn. */
export default class FilterTransform {
  /** Put there by asc before the constructor runs. */
  declare readonly program: Program;
  declare readonly binaryen: typeof binaryen;
  facts: FilterFacts | undefined;
  #declarations: Declarations = { filters: [], roots: [], configs: [] };

  afterParse(parser: Parser): void {
    if (!(parser instanceof Parser)) {
      throw new Error("asc and @asmfilter/sdk found two copies of assemblyscript; install it once");
    }
    configureProgram(this.program);
    replaceLibrary(parser);
    chooseEntry(parser);
    this.#declarations = findDeclarations(parser);
    writeReaders(parser, this.#declarations.configs);
    writeRegistry(parser, this.#declarations);
    for (const source of userSources(parser)) {
      guardLogging(parser, source);
      placeLiterals(parser, source, "_utf8");
    }
    for (const source of parser.sources) {
      if (source.normalizedPath.startsWith("~lib/@asmfilter/sdk/")) placeLiterals(parser, source, "utf8");
    }
  }

  afterInitialize(program: Program): void {
    checkFieldTypes(program, this.#declarations.configs);
    removeIdleCallbacks(program, this.#declarations);
  }

  afterCompile(module: unknown): void {
    refuseUnknownImports(this.program, this.#imports(module as BinaryenModule));
    const { filters, roots } = this.#declarations;
    const [first] = filters;
    this.facts = {
      rootIDs: [...new Set([...filters, ...roots].map(({ rootID }) => rootID))],
      schema: first ? configSchema(this.program, first) : {},
    };
  }

  #imports(module: BinaryenModule): Import[] {
    const imports: Import[] = [];
    for (let i = 0; i < module.getNumFunctions(); i++) {
      const info = this.binaryen.getFunctionInfo(module.getFunctionByIndex(i));
      if (info.module && info.base) imports.push({ module: info.module, name: info.base });
    }
    return imports;
  }
}
