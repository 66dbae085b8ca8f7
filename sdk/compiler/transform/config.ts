import {
  type ClassDeclaration,
  FieldDeclaration,
  FunctionDeclaration,
  type Parser,
  type Program,
  type Range,
  type Source,
} from "assemblyscript";
import type { DeclaredConfig } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import type { ConfigClass, ConfigClasses, Field } from "./fields.ts";
import { literal } from "./literals.ts";
import { type NameOf, READER, readValue } from "./reading.ts";
import { append, parseInto, pathTo } from "./source.ts";

// The flags of declarations, as the compiler numbers them (CommonFlags).
const STATIC = 32;
const READONLY = 64;
const ABSTRACT = 128;

/**
 * Gives each `@config` class the method that reads its fields, still empty: of what types they are is known when the
 * program has been initialised. Names that the method may need are imported now, since later is too late for that.
 */
export function announceReaders(parser: Parser, configs: DeclaredConfig[]): void {
  const sources = new Set(configs.map(({ source }) => source));
  configs.forEach(({ source, declaration }, index) => {
    checkForm(parser, declaration);
    const [holder] = parseInto(parser, source, "class _Reader { _read(): void {} }", declaration.name.range) as [
      ClassDeclaration,
    ];
    declaration.members.push(...holder.members);
    if (sources.size < 2) return;
    const name = importedName(index);
    append(parser, source, `export { ${declaration.name.text} as ${name} };`, declaration.name.range);
    for (const other of sources) {
      if (other !== source) append(parser, other, `import { ${name} } from ${JSON.stringify(pathTo(source, other))};`);
    }
  });
  for (const source of sources) {
    append(parser, source, `import * as ${READER} from "@asmfilter/sdk/assembly/config/reader";`);
  }
}

/** By which name other files know the class. */
function importedName(index: number): string {
  return `asmf$Config${index}`;
}

/** Refuses the forms of a class that could not be made or filled. */
function checkForm(parser: Parser, { name, typeParameters, flags, members }: ClassDeclaration): void {
  const refuse = (range: Range, reason: string) => reportError(parser, range, `a configuration class ${reason}`);
  if (typeParameters) refuse(name.range, "cannot be generic");
  if (flags & ABSTRACT) refuse(name.range, "cannot be abstract");
  for (const member of members) {
    const own = member.name.text;
    if (own === "_read") refuse(member.name.range, 'cannot have a member "_read": the compiler writes one');
    if (member instanceof FieldDeclaration && member.flags & READONLY && !(member.flags & STATIC))
      refuse(member.name.range, `cannot have a readonly field: "${own}" is set when the configuration is read`);
    if (own === "constructor" && member instanceof FunctionDeclaration && member.signature.parameters.length > 0)
      refuse(member.name.range, "is made without arguments: its constructor can take none");
  }
}

/** Writes the methods that {@link announceReaders} announced. */
export function writeReaders(program: Program, classes: ConfigClasses): void {
  const all = [...classes.values()];
  for (const config of all) {
    const nameIn = (source: Source) => (each: ConfigClass) =>
      each.declared.source === source ? each.declared.declaration.name.text : importedName(all.indexOf(each));
    const { source, declaration } = config.declared;
    const text = readerText(program, config, (prototype) => {
      const named = classes.get(prototype);
      return named ? nameIn(source)(named) : prototype.name;
    });
    const [holder] = parseInto(program.parser, source, text, declaration.name.range) as [ClassDeclaration];
    const [written] = holder.members as [FunctionDeclaration];
    const method = declaration.members.find(({ name }) => name.text === "_read") as FunctionDeclaration;
    method.body = written.body;
  }
}

function readerText(program: Program, config: ConfigClass, nameOf: NameOf): string {
  const required = config.fields.filter(({ isRequired }) => isRequired);
  if (required.length > 32) {
    const message = "a configuration class has at most 32 fields without an initial value";
    reportError(program, config.declared.declaration.name.range, message);
  }
  const cases = config.fields.map((field) => {
    const mark = field.isRequired ? `seen |= ${1 << required.indexOf(field)};` : "";
    return `if (${READER}.fieldIs(${literal(field.name)})) { ${readField(program, field, nameOf)} ${mark} }`;
  });
  if (config.isRule) cases.unshift(`if (isRule && ${READER}.fieldIs(${literal("match")})) ${READER}.readMatch();`);
  const known = literal(config.fields.map(({ name }) => name).join(", "));
  const unknown = config.declared.isOpen ? `${READER}.skipValue();` : `${READER}.refuseField(${known});`;
  const missing = required.map(({ name }, i) => `if (!(seen & ${1 << i})) ${READER}.refuseMissing(${literal(name)});`);
  return `class _Reader { _read(): void {
    ${required.length ? "let seen: u32 = 0;" : ""}
    ${config.isRule ? `const isRule = ${READER}.takeRule();` : ""}
    for (let more = ${READER}.openObject(); more; more = ${READER}.nextField()) {
      ${[...cases, unknown].join(" else ")}
    }
    ${missing.join("\n")}
  } }`;
}

function readField(program: Program, { name, shape, constraints }: Field, nameOf: NameOf): string {
  const statements = readValue({ program, constraints, nameOf }, shape, (value) => `this.${name} = ${value};`);
  return constraints.writeOnly
    ? `const _told = ${READER}.conceal(); ${statements} ${READER}.reveal(_told);`
    : statements;
}
