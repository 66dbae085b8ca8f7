import type { Enum, Field, MapField, Type } from "protobufjs";
import { memberName, presenceName } from "./names.ts";
import { enumScalar, type Scalar, scalarOf } from "./scalars.ts";

/** What a class has for a field of its message, line by line. */
export interface Member {
  name: string;
  id: number;
  declaration: string[];
  /** What is done at each tag of the field. */
  reads: { tag: number; lines: string[] }[];
  writes: string[];
  /** Forgets the field, for those of a oneof. */
  clear: string;
  /** Whether it is there, for those of a oneof. */
  isThere: string;
}

/** Names a type, and sees to its import. */
export type Named = (type: Type | Enum) => string;

export function memberOf(field: Field, named: Named): Member {
  if (field.map) return mapMember(field as unknown as MapField, named);
  if (field.repeated) return listMember(field, named);
  const { resolvedType } = field;
  if (resolvedType && "fields" in resolvedType) return messageMember(field, named(resolvedType));
  return scalarMember(field, scalar(field.type, resolvedType as Enum | null, named));
}

function scalar(type: string, resolved: Enum | null, named: Named): Scalar {
  return scalarOf(type) ?? enumScalar(named(resolved!));
}

const tagOf = (id: number, wire: number) => id * 8 + wire;
const hasPresence = ({ partOf }: Field) => partOf !== null;

function scalarMember(field: Field, { type, zero, wire, method, isSet }: Scalar): Member {
  const { id } = field;
  const name = memberName(field.name);
  const tag = tagOf(id, wire);
  const read = `this.${name} = reader.${method}();`;
  const write = `writer.${method}(${id}, this.${name});`;
  if (!hasPresence(field)) {
    const declaration = [`${name}: ${type} = ${zero};`];
    const writes = [`if (${isSet(`this.${name}`)}) ${write}`];
    return { name, id, declaration, reads: [{ tag, lines: [read] }], writes, clear: "", isThere: "" };
  }
  if (wire === 2) {
    return {
      ...{ name, id, declaration: [`${name}: ${type} | null = null;`], reads: [{ tag, lines: [read] }] },
      writes: ifThere(name, [`writer.${method}(${id}, value);`]),
      clear: `this.${name} = null;`,
      isThere: `this.${name} !== null`,
    };
  }
  const has = presenceName(field);
  return {
    ...{ name, id, declaration: [`${name}: ${type} = ${zero};`, `${has}: bool = false;`] },
    reads: [{ tag, lines: [read, `this.${has} = true;`] }],
    writes: [`if (this.${has}) ${write}`],
    clear: `this.${has} = false;`,
    isThere: `this.${has}`,
  };
}

function messageMember({ id, name: proto }: Field, type: string): Member {
  const name = memberName(proto);
  return {
    ...{ name, id, declaration: [`${name}: ${type} | null = null;`] },
    reads: [
      {
        tag: tagOf(id, 2),
        // What comes twice is merged.
        lines: [
          `const known = this.${name};`,
          `const value = known === null ? new ${type}() : known;`,
          ...readMessage("value"),
          `this.${name} = value;`,
        ],
      },
    ],
    writes: ifThere(name, writeMessage(id, "value")),
    clear: `this.${name} = null;`,
    isThere: `this.${name} !== null`,
  };
}

function listMember(field: Field, named: Named): Member {
  const { id, resolvedType } = field;
  const name = memberName(field.name);
  const each = `for (let i = 0; i < this.${name}.length; i++)`;
  if (resolvedType && "fields" in resolvedType) {
    const type = named(resolvedType);
    const lines = [`const value = new ${type}();`, ...readMessage("value"), `this.${name}.push(value);`];
    const writes = [`${each} {`, ...writeMessage(id, `this.${name}[i]`).map(indent), "}"];
    return { ...listOf(name, id, type), reads: [{ tag: tagOf(id, 2), lines }], writes };
  }
  const { type, wire, method, packed } = scalar(field.type, resolvedType as Enum | null, named);
  const push = `this.${name}.push(reader.${method}());`;
  const single = { tag: tagOf(id, wire), lines: [push] };
  const one = `writer.${method}(${id}, this.${name}[i]);`;
  if (!packed) return { ...listOf(name, id, type), reads: [single], writes: [`${each} ${one}`] };
  const enter = ["const outer = reader.enter();", `while (reader.more()) ${push}`, "reader.leave(outer);"];
  const list = [
    `if (this.${name}.length) {`,
    `  const list = writer.open(${id});`,
    `  ${each} ${packed(`this.${name}[i]`)};`,
    "  writer.close(list);",
    "}",
  ];
  // A reader has to take both forms, whichever the file asks for.
  const reads = [single, { tag: tagOf(id, 2), lines: enter }];
  return { ...listOf(name, id, type), reads, writes: field.packed ? list : [`${each} ${one}`] };
}

function listOf(name: string, id: number, type: string) {
  return { name, id, declaration: [`${name}: ${type}[] = [];`], clear: "", isThere: "" };
}

function mapMember(field: MapField, named: Named): Member {
  const { id, resolvedType } = field;
  const name = memberName(field.name);
  const key = scalar(field.keyType, null, named);
  const message = resolvedType && "fields" in resolvedType ? named(resolvedType) : undefined;
  const value = message ? undefined : scalar(field.type, resolvedType as Enum | null, named);
  const type = message ?? value!.type;
  const readValue = message ? readMessage("value") : [`value = reader.${value!.method}();`];
  const writeValue = message ? writeMessage(2, "values[i]") : [`writer.${value!.method}(2, values[i]);`];
  const lines = [
    `let key: ${key.type} = ${key.zero};`,
    `${message ? "const" : "let"} value: ${type} = ${value ? value.zero : `new ${type}()`};`,
    "const entry = reader.enter();",
    "for (let inner = reader.next(); inner; inner = reader.next()) {",
    `  if (inner == ${tagOf(1, key.wire)}) key = reader.${key.method}();`,
    `  else if (inner == ${tagOf(2, value?.wire ?? 2)}) {`,
    ...readValue.map((line) => `    ${line}`),
    "  } else reader.skip();",
    "}",
    "reader.leave(entry);",
    `this.${name}.set(key, value);`,
  ];
  const writes = [
    `if (this.${name}.size) {`,
    `  const keys = this.${name}.keys();`,
    `  const values = this.${name}.values();`,
    "  for (let i = 0; i < keys.length; i++) {",
    `    const entry = writer.open(${id});`,
    `    writer.${key.method}(1, keys[i]);`,
    ...writeValue.map((line) => `    ${line}`),
    "    writer.close(entry);",
    "  }",
    "}",
  ];
  const declaration = [`${name}: Map<${key.type}, ${type}> = new Map();`];
  return { name, id, declaration, reads: [{ tag: tagOf(id, 2), lines }], writes, clear: "", isThere: "" };
}

const readMessage = (into: string) => [
  "const outer = reader.enter();",
  `${into}._read(reader);`,
  "reader.leave(outer);",
];
const writeMessage = (id: number, value: string) => [
  `const start = writer.open(${id});`,
  `${value}._write(writer);`,
  "writer.close(start);",
];
const ifThere = (name: string, lines: string[]) => [
  "{",
  `  const value = this.${name};`,
  "  if (value !== null) {",
  ...lines.map((line) => `    ${line}`),
  "  }",
  "}",
];
const indent = (line: string) => `  ${line}`;
