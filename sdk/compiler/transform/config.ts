import {
  type ClassDeclaration,
  FieldDeclaration,
  type Parser,
  type Program,
  type Type,
  type TypeNode,
} from "assemblyscript";
import type { Declared } from "./declarations.ts";
import { reportError } from "./diagnostics.ts";
import { append, parseInto, textOf } from "./source.ts";

/** `static`, as the compiler numbers the flags of declarations (CommonFlags). */
const STATIC = 32;

/** Gives each `@config` class the method that reads its fields. */
export function writeReaders(parser: Parser, configs: Declared[]): void {
  const imported = new Set<unknown>();
  for (const { source, declaration } of configs) {
    const [holder] = parseInto(parser, source, readerText(parser, declaration)) as [ClassDeclaration];
    declaration.members.push(...holder.members);
    if (imported.has(source)) continue;
    imported.add(source);
    append(
      parser,
      source,
      `import { openObject as _openObject, nextField as _nextField, fieldIs as _fieldIs, read as _read,
        refuseField as _refuseField, refuseMissing as _refuseMissing } from "@asmfilter/sdk/assembly/config/reader";`,
    );
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
    return `if (_fieldIs(_utf8(${JSON.stringify(name)}))) { this.${name} = _read<${type}>(); ${mark} }`;
  });
  if (required.length > 32) {
    reportError(parser, declaration.name.range, "a configuration class has at most 32 fields without an initial value");
  }
  const known = JSON.stringify(fields.map((field) => field.name.text).join(", "));
  const missing = required.map((name, i) => `if (!(seen & ${1 << i})) _refuseMissing(_utf8(${JSON.stringify(name)}));`);
  return `class _Reader { _read(): void {
    ${required.length ? "let seen: u32 = 0;" : ""}
    for (let more = _openObject(); more; more = _nextField()) {
      ${[...cases, `_refuseField(_utf8(${known}));`].join(" else ")}
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
  for (const { source, declaration } of configs) {
    const prototype = program.filesByName.get(source.internalPath)?.members?.get(declaration.name.text);
    for (const field of prototype ? fieldsOf(declaration) : []) {
      const type = field.type && prototype && program.resolver.resolveType(field.type, null, prototype);
      if (type && contains(program, type, declaration.name.text, [])) {
        reportError(program, field.range, `the configuration class "${declaration.name.text}" contains itself`);
      } else if (type && !isReadable(program, type)) {
        const kinds = "a string, bool, number, list or @config class";
        reportError(program, field.range, `the configuration field "${field.name.text}" must be ${kinds}`);
      }
    }
  }
}

/** Whether a value of the type can hold one of the class: nothing would bound how deep the configuration goes. */
function contains(program: Program, type: Type, name: string, seen: string[]): boolean {
  const reference = type.classReference;
  if (!reference) return false;
  const inside = (node: TypeNode | null | undefined): boolean => {
    const inner = node && program.resolver.resolveType(node, null, reference.prototype);
    return !!inner && contains(program, inner, name, [...seen, reference.internalName]);
  };
  const { prototype, typeArguments } = reference;
  if (prototype === program.arrayPrototype) return !!typeArguments?.some((each) => contains(program, each, name, seen));
  if (!prototype.instanceMembers?.has("_read")) return false;
  if (prototype.name === name) return true;
  if (seen.includes(reference.internalName)) return false;
  return fieldsOf(prototype.declaration as ClassDeclaration).some((field) => inside(field.type));
}

function isReadable(program: Program, type: Type): boolean {
  if (type.isValue) return type.isNumericValue || type.isBooleanValue;
  const { classReference } = type;
  if (!classReference) return false;
  const [element] = classReference.typeArguments ?? [];
  if (classReference.prototype === program.arrayPrototype) return element !== undefined && isReadable(program, element);
  return classReference === program.stringInstance || !!classReference.prototype.instanceMembers?.has("_read");
}
