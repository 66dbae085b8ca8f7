import { type ClassDeclaration, FieldDeclaration, type Parser } from "assemblyscript";
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
