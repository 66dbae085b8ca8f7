import { dirname, relative } from "node:path/posix";
import type { Enum, Method, OneOf, ReflectionObject, Root, Service, Type } from "protobufjs";
import { type Member, memberOf, type Named } from "./members.ts";
import { capital, memberName, nameInService, typeName, valueName } from "./names.ts";
import type { ProtoFile } from "./read.ts";

/** The first line of a generated file begins so. */
export const MADE = "// Made by asmfilter build from proto/";

/** AssemblyScript with a class for each message that a `.proto` file declares, an enum for each enum. */
export function generate({ path, root }: ProtoFile): string {
  const { messages, enums, services } = declaredIn(root, path);
  const imports = new Map<string, Map<string, string>>();
  const taken = new Set([...messages, ...enums, ...services].map(typeName));
  const sdk = new Map<string, string>();
  const importedAs = (names: Map<string, string>, key: string, name: string) => {
    let local = names.get(key)?.split(" as ").at(-1);
    if (local !== undefined) return local;
    for (local = name; taken.has(local); ) local += "_";
    taken.add(local);
    names.set(key, local === name ? name : `${name} as ${local}`);
    return local;
  };
  const named: Named = (type) => {
    const name = typeName(type);
    if (type.filename === path) return name;
    const names = imports.get(type.filename!) ?? new Map<string, string>();
    imports.set(type.filename!, names);
    return importedAs(names, type.fullName, name);
  };
  const declarations = [
    ...enums.map(enumText),
    ...messages.map((message) => messageText(message, named)),
    ...services.map((service) => serviceText(service, named, (name) => importedAs(sdk, name, name))),
  ];
  const head = [`${MADE}${path}: change that, not this.`];
  if (messages.length > 0) head.push('import { ProtoReader, ProtoWriter } from "@asmfilter/sdk/protobuf";');
  if (services.some(hasCalls)) head.push(importText("@asmfilter/sdk", sdk));
  for (const [file, names] of [...imports].sort(([a], [b]) => (a < b ? -1 : 1))) {
    head.push(importText(pathBetween(path, file), names));
  }
  return `${[head.join("\n"), ...declarations].join("\n\n")}\n`;
}

const importText = (from: string, names: Map<string, string>) =>
  `import { ${[...names.values()].sort().join(", ")} } from "${from}";`;

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

/** Calls are made of methods with one message and one answer; for the others there are streams. */
const isCall = ({ requestStream, responseStream }: Method) => !requestStream && !responseStream;
const hasCalls = ({ methodsArray }: Service) => methodsArray.some(isCall);

function serviceText(service: Service, named: Named, sdk: (name: string) => string): string {
  const taken = new Set(["service"]);
  const methods = service.methodsArray.map((method) => ({ method, constant: nameInService(method.name, taken) }));
  const names = methods.map(({ method, constant }) => `export const ${constant}: string = "${method.name}";`);
  const calls = methods
    .filter(({ method }) => isCall(method))
    .flatMap(({ method, constant }) => {
      const name = nameInService(method.name.slice(0, 1).toLowerCase() + method.name.slice(1), taken);
      return ["", ...callText(method, name, constant, named, sdk)];
    });
  const full = service.fullName.slice(1);
  const body = [`export const service: string = "${full}";`, ...names, ...calls];
  return [
    ...comment(service, `The service \`${full}\`: the names that gRPC calls take, and a function for each call.`),
    `export namespace ${typeName(service)} {`,
    ...body.map((line) => (line ? `  ${line}` : "")),
    "}",
  ].join("\n");
}

function callText(
  method: Method,
  name: string,
  constant: string,
  named: Named,
  sdk: (name: string) => string,
): string[] {
  const [request, response] = [named(method.resolvedRequestType!), named(method.resolvedResponseType!)];
  return [
    ...comment(method, `Calls \`${method.name}\`.`),
    `export function ${name}<S extends ${sdk("Context")}>(`,
    `  owner: S, upstream: string, request: ${request}, handler: ${sdk("GrpcResponseHandler")}<S, ${response}>,`,
    `  timeout: u32 = 1000, metadata: string[][] = []): ${sdk("Status")} {`,
    `  const call = new ${sdk("GrpcRequest")}(service, ${constant}, request.encode());`,
    "  call.timeout = timeout;",
    "  call.metadata = metadata;",
    `  return ${sdk("grpcCall")}<S>(owner, upstream, call, handler);`,
    "}",
  ];
}
