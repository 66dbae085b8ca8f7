import {
  type ClassPrototype,
  type Element,
  Enum,
  EnumValue,
  NamedTypeNode,
  type Program,
  type Type,
  TypeDefinition,
  type TypeNode,
} from "assemblyscript";
import { enumValue } from "./constants.ts";
import { SDK } from "./source.ts";

/** What JSON a field is read from: the decoder and the schema are both written from this. */
export type Shape = { type: Type; nullable: boolean } & (
  | { kind: "boolean" | "number" | "string" | "duration" }
  | { kind: "integer"; minimum: number; maximum: number }
  | { kind: "enum"; choices: Choice[] }
  | { kind: "list" | "map"; values: Shape }
  | { kind: "object" | "routes"; of: ClassPrototype }
);

/** A member of an enum. */
export interface Choice {
  name: string;
  value: number;
}

const DURATION = `${SDK}/assembly/config/duration/Duration`;
const ROUTES = `${SDK}/assembly/config/routes/Routes`;
/** Errors of names are for the compiler to report (ReportMode.Swallow). */
const SILENTLY = 1;

/** Whether JSON is read into a class by a method that the compiler writes. */
export function isConfigClass(prototype: ClassPrototype | null | undefined): boolean {
  return !!prototype?.instanceMembers?.has("_read");
}

/** The shape of a type that stands in `context`; undefined for one that JSON cannot be read into. */
export function shapeOf(program: Program, node: TypeNode, context: Element): Shape | undefined {
  if (!(node instanceof NamedTypeNode)) return undefined;
  const type = program.resolver.resolveType(node, null, context, null, SILENTLY as never);
  if (!type) return undefined;
  const base = { type, nullable: type.isNullableReference };
  const named = program.resolver.resolveTypeName(node.name, null, context, SILENTLY as never);
  if (named instanceof Enum) return { ...base, kind: "enum", choices: choicesOf(program, named) };
  if (named instanceof TypeDefinition) {
    if (named.internalName === DURATION) return { ...base, kind: "duration" };
    const aliased = named.typeParameterNodes ? undefined : shapeOf(program, named.typeNode, named.parent);
    if (aliased) return { ...aliased, ...base };
  }
  return type.isValue ? valueShape(type) : referenceShape(program, node, type, context);
}

function valueShape(type: Type): Shape | undefined {
  if (!type.isNumericValue && !type.isBooleanValue) return undefined;
  const base = { type, nullable: false };
  if (type.isBooleanValue) return { ...base, kind: "boolean" };
  if (type.isFloatValue) return { ...base, kind: "number" };
  // Of 64 bits only what all readers of JSON take for the same number (RFC 8259, section 6).
  const bits = Math.min(type.isSignedIntegerValue ? type.size - 1 : type.size, 53);
  const maximum = 2 ** bits - 1;
  const minimum = type.isUnsignedIntegerValue ? 0 : type.size < 64 ? -maximum - 1 : -maximum;
  return { ...base, kind: "integer", minimum, maximum };
}

function referenceShape(program: Program, node: NamedTypeNode, type: Type, context: Element): Shape | undefined {
  const prototype = type.classReference?.prototype;
  const base = { type, nullable: type.isNullableReference };
  if (!prototype) return undefined;
  if (prototype === program.stringInstance.prototype) return { ...base, kind: "string" };
  if (isConfigClass(prototype)) return { ...base, kind: "object", of: prototype };
  const [first, second] = node.typeArguments ?? [];
  if (prototype.internalName === ROUTES) {
    const of = first && shapeOf(program, first, context);
    return of?.kind === "object" && !of.nullable ? { ...base, kind: "routes", of: of.of } : undefined;
  }
  if (prototype === program.mapPrototype) {
    const key = first && shapeOf(program, first, context);
    const values = second && shapeOf(program, second, context);
    return key?.kind === "string" && !key.nullable && values ? { ...base, kind: "map", values } : undefined;
  }
  const values = prototype === program.arrayPrototype && first && shapeOf(program, first, context);
  return values ? { ...base, kind: "list", values } : undefined;
}

function choicesOf(program: Program, of: Enum): Choice[] {
  const names = [...(of.members ?? [])].flatMap(([name, member]) => (member instanceof EnumValue ? name : []));
  return names.map((name) => ({ name, value: Number(enumValue(program, of, name) ?? Number.NaN) }));
}
