import { dirname, relative } from "node:path/posix";
import type { Enum, OneOf, ReflectionObject, Root, Service, Type } from "protobufjs";
import { type Member, memberOf, type Named } from "./members.ts";
import { capital, memberName, typeName, valueName } from "./names.ts";
import type { ProtoFile } from "./read.ts";

/** The first line of a generated file begins so. */
export const MADE = "// Made by asmfilter build from proto/";

/** AssemblyScript with a class for each message that a `.proto` file declares, an enum for each enum. */
export function generate({ path, root }: ProtoFile): string {
  const { messages, enums, services } = declaredIn(root, path);
  const imports = new Map<string, Map<string, string>>();
  const taken = new Set([...messages, ...enums, ...services].map(typeName));
  const named: Named = (type) => {
    const name = typeName(type);
    if (type.filename === path) return name;
    const names = imports.get(type.filename!) ?? new Map<string, string>();
    imports.set(type.filename!, names);
    let local = names.get(type.fullName)?.split(" as ").at(-1);
    if (local !== undefined) return local;
    for (local = name; taken.has(local); ) local += "_";
    taken.add(local);
    names.set(type.fullName, local === name ? name : `${name} as ${local}`);
    return local;
  };
  const declarations = [
    ...enums.map(enumText),
    ...messages.map((message) => messageText(message, named)),
    ...services.map(serviceText),
  ];
  const head = [`${MADE}${path}: change that, not this.`];
  if (messages.length > 0) head.push('import { ProtoReader, ProtoWriter } from "@asmfilter/sdk/protobuf";');
  for (const [file, names] of [...imports].sort(([a], [b]) => (a < b ? -1 : 1))) {
    head.push(`import { ${[...names.values()].sort().join(", ")} } from "${pathBetween(path, file)}";`);
  }
  return `${[head.join("\n"), ...declarations].join("\n\n")}\n`;
}

function pathBetween(from: string, to: string): string {
  const path = relative(dirname(from), to).replace(/\.proto$/, "");
  return path.startsWith(".") ? path : `./${path}`;
}

function declaredIn(root: Root, path: string) {
  const found = { messages: [] as Type[], enums: [] as Enum[], services: [] as Service[] };
  const visit = (object: ReflectionObject): void => {
    if (object.filename === path) {
      if ("methods" in object) found.services.push(object as Service);
      else if ("fields" in object) found.messages.push(object as Type);
      else if ("valuesById" in object) found.enums.push(object as Enum);
    }
    for (const each of (object as Partial<Type>).nestedArray ?? []) visit(each);
  };
  visit(root);
  return found;
}

function comment({ comment: text }: ReflectionObject, otherwise = ""): string[] {
  const lines = (text ?? otherwise).replaceAll("*/", "* /").split("\n");
  if (lines.length === 1) return lines[0] ? [`/** ${lines[0]} */`] : [];
  return ["/**", ...lines.map((line) => ` * ${line}`.trimEnd()), " */"];
}

function enumText(declared: Enum): string {
  const values = Object.entries(declared.values).map(([name, value]) => `  ${valueName(name)} = ${value},`);
  return [...comment(declared), `export enum ${typeName(declared)} {`, ...values, "}"].join("\n");
}

function messageText(message: Type, named: Named): string {
  const name = typeName(message);
  const fields = [...message.fieldsArray].sort((a, b) => a.id - b.id);
  const members = new Map(fields.map((field) => [field, memberOf(field, named)]));
  const oneofs = message.oneofsArray.filter((oneof) => !oneof.isProto3Optional);
  const othersOf = (member: Member, oneof: OneOf | null) =>
    (oneof && oneofs.includes(oneof) ? oneof.fieldsArray : [])
      .map((field) => members.get(field)!)
      .flatMap((other) => (other === member ? [] : other.clear));
  const reads = [...members].flatMap(([{ partOf }, member]) =>
    member.reads.flatMap(({ tag, lines }) => [
      `case ${tag}: {`,
      ...[...othersOf(member, partOf), ...lines, "break;"].map((line) => `  ${line}`),
      "}",
    ]),
  );
  const declarations = [...members].flatMap(([field, { declaration }]) => [...comment(field), ...declaration]);
  const choices = oneofs.flatMap((oneof) => choiceMembers(oneof, name, members));
  const body = [
    ...declarations,
    ...choices,
    "",
    `/** Reads a message; null if the bytes are none. */`,
    `static decode(bytes: Uint8Array): ${name} | null {`,
    "  const reader = new ProtoReader(bytes);",
    `  const message = new ${name}();`,
    "  message._read(reader);",
    "  return reader.failed ? null : message;",
    "}",
    "",
    "/** The message as bytes. */",
    "encode(): Uint8Array {",
    "  const writer = new ProtoWriter();",
    "  this._write(writer);",
    "  return writer.finish();",
    "}",
    "",
    "_read(reader: ProtoReader): void {",
    "  for (let tag = reader.next(); tag; tag = reader.next()) {",
    "    switch (tag) {",
    ...reads.map((line) => `      ${line}`),
    "      default: reader.skip();",
    "    }",
    "  }",
    "}",
    "",
    "_write(writer: ProtoWriter): void {",
    ...[...members.values()].flatMap(({ writes }) => writes.map((line) => `  ${line}`)),
    "}",
  ];
  const text = [...comment(message), `export class ${name} {`, ...body.map((line) => (line ? `  ${line}` : "")), "}"];
  return [...oneofs.map((oneof) => choiceEnum(oneof, name)), text.join("\n")].join("\n\n");
}

/** The enum of a oneof: `_` behind it where the message has a type of that name. */
function choiceName(oneof: OneOf, message: string): string {
  const name = capital(oneof.name);
  return `${message}_${(oneof.parent as Type).nested?.[name] ? `${name}_` : name}`;
}

/** What stands for a field in that enum, where `None` is taken. */
const choiceValue = (field: string) => (field === "none" ? "None_" : capital(field));

function choiceEnum(oneof: OneOf, message: string): string {
  const values = oneof.fieldsArray.map(({ name, id }) => `  ${choiceValue(name)} = ${id},`);
  return [
    `/** Which field of \`${oneof.name}\` a {@link ${message}} has. */`,
    `export enum ${choiceName(oneof, message)} {`,
    "  None = 0,",
    ...values,
    "}",
  ].join("\n");
}

function choiceMembers(oneof: OneOf, message: string, members: Map<unknown, Member>): string[] {
  const type = choiceName(oneof, message);
  const checks = oneof.fieldsArray.map(
    (field) => `  if (${members.get(field)!.isThere}) return ${type}.${choiceValue(field.name)};`,
  );
  return [
    "",
    ...comment(oneof, "Which of these fields is there."),
    `get ${memberName(oneof.name)}(): ${type} {`,
    ...checks,
    `  return ${type}.None;`,
    "}",
  ];
}

function serviceText(service: Service): string {
  const names = service.methodsArray.map(({ name }) => `  export const ${name}: string = "${name}";`);
  const full = service.fullName.slice(1);
  return [
    ...comment(service, `Names of the service \`${full}\`, as gRPC calls take them.`),
    `export namespace ${typeName(service)} {`,
    `  export const service: string = "${full}";`,
    ...names,
    "}",
  ].join("\n");
}
