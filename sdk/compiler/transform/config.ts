import {
  type ClassDeclaration,
  type ClassPrototype,
  type DeclarationStatement,
  FieldDeclaration,
  FunctionDeclaration,
  type Parser,
  type Program,
  type Range,
  type Source,
  type Type,
} from "assemblyscript";
import type { Declared } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import { placeLiterals } from "./literals.ts";
import { prototypeOf } from "./prototypes.ts";
import { append, parseInto, textOf } from "./source.ts";

// The flags of declarations, as the compiler numbers them (CommonFlags).
const STATIC = 32;
const READONLY = 64;
const ABSTRACT = 128;

/** What the compiler writes into an author's file calls the SDK's reader by this name, which no author uses. */
const READER = "asmf$reader";

/** Gives each `@config` class the method that reads its fields. */
export function writeReaders(parser: Parser, configs: Declared[]): void {
  const written = new Map<Source, DeclarationStatement[]>();
  for (const { source, declaration } of configs) {
    checkForm(parser, declaration);
    const text = readerText(parser, declaration);
    const [holder] = parseInto(parser, source, text, declaration.name.range) as [ClassDeclaration];
    declaration.members.push(...holder.members);
    written.set(source, [...(written.get(source) ?? []), ...holder.members]);
  }
  for (const [source, members] of written) {
    append(parser, source, `import * as ${READER} from "@asmfilter/sdk/assembly/config/reader";`);
    placeLiterals(parser, source, members);
  }
}

/** Refuses the forms of a class that could not be made or filled; a base's fields would be in the schema alone. */
function checkForm(parser: Parser, { name, extendsType, typeParameters, flags, members }: ClassDeclaration): void {
  const refuse = (range: Range, reason: string) => reportError(parser, range, `a configuration class ${reason}`);
  if (extendsType) refuse(extendsType.range, "cannot extend another: list its fields, or hold the other in a field");
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

function readerText(parser: Parser, declaration: ClassDeclaration): string {
  const fields = fieldsOf(declaration);
  const required: string[] = [];
  const cases = fields.map((field) => {
    const name = field.name.text;
    if (!field.type) reportError(parser, field.range, `the configuration field "${name}" needs a type`);
    const type = field.type ? textOf(field.type.range) : "string";
    let mark = "";
    if (!field.initializer) mark = `seen |= ${1 << (required.push(name) - 1)};`;
    return `if (${READER}.fieldIs(utf8(${JSON.stringify(name)}))) { this.${name} = ${READER}.read<${type}>(); ${mark} }`;
  });
  if (required.length > 32) {
    reportError(parser, declaration.name.range, "a configuration class has at most 32 fields without an initial value");
  }
  const known = JSON.stringify(fields.map((field) => field.name.text).join(", "));
  const missing = required.map(
    (name, i) => `if (!(seen & ${1 << i})) ${READER}.refuseMissing(utf8(${JSON.stringify(name)}));`,
  );
  return `class _Reader { _read(): void {
    ${required.length ? "let seen: u32 = 0;" : ""}
    for (let more = ${READER}.openObject(); more; more = ${READER}.nextField()) {
      ${[...cases, `${READER}.refuseField(utf8(${known}));`].join(" else ")}
    }
    ${missing.join("\n")}
  } }`;
}

/** The instance fields of a class, in order. */
export function fieldsOf(declaration: ClassDeclaration): FieldDeclaration[] {
  return declaration.members.filter(
    (member): member is FieldDeclaration => member instanceof FieldDeclaration && !(member.flags & STATIC),
  );
}

/** Refuses fields of types that JSON cannot be read into, where they stand rather than where reading them fails. */
export function checkFieldTypes(program: Program, configs: Declared[]): void {
  for (const { declaration } of configs) {
    const prototype = prototypeOf(program, declaration);
    for (const field of prototype ? fieldsOf(declaration) : []) {
      const type = field.type && prototype && program.resolver.resolveType(field.type, null, prototype);
      if (type && contains(program, type, prototype, [])) {
        reportError(program, field.range, `the configuration class "${declaration.name.text}" contains itself`);
      } else if (type && !isReadable(program, type)) {
        const kinds = "a string, bool, number, list or @config class";
        reportError(program, field.range, `the configuration field "${field.name.text}" must be ${kinds}`);
      }
    }
  }
}

/** Whether a value of the type can hold one of the class: nothing would bound how deep the configuration goes. */
function contains(program: Program, type: Type, sought: ClassPrototype, seen: ClassPrototype[]): boolean {
  const reference = type.classReference;
  if (!reference) return false;
  const { prototype, typeArguments } = reference;
  if (prototype === program.arrayPrototype) {
    return !!typeArguments?.some((each) => contains(program, each, sought, seen));
  }
  if (prototype === sought) return true;
  if (!prototype.instanceMembers?.has("_read") || seen.includes(prototype)) return false;
  return fieldsOf(prototype.declaration as ClassDeclaration).some((field) => {
    const inner = field.type && program.resolver.resolveType(field.type, null, prototype);
    return !!inner && contains(program, inner, sought, [...seen, prototype]);
  });
}

function isReadable(program: Program, type: Type): boolean {
  if (type.isValue) return type.isNumericValue || type.isBooleanValue;
  const { classReference } = type;
  if (!classReference) return false;
  const [element] = classReference.typeArguments ?? [];
  if (classReference.prototype === program.arrayPrototype) return element !== undefined && isReadable(program, element);
  return classReference === program.stringInstance || !!classReference.prototype.instanceMembers?.has("_read");
}
