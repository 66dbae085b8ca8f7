// The API reference of the SDK, from the doc comments of what its entry files export: one page for each import path.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  ClassDeclaration,
  EnumDeclaration,
  ExportStatement,
  FieldDeclaration,
  FunctionDeclaration,
  InterfaceDeclaration,
  MethodDeclaration,
  NamespaceDeclaration,
  Parser,
  TypeDeclaration,
  VariableStatement,
} from "assemblyscript";

// The flags of declarations, as the compiler numbers them (CommonFlags).
const EXPORT = 2;
const STATIC = 32;
const READONLY = 64;
const ABSTRACT = 128;
const PRIVATE = 512;
const PROTECTED = 1024;
const GET = 2048;
const SET = 4096;
const CONSTRUCTOR = 16384;

/** The pages in `folder`, by path. @param sdk the package's folder: each file at its root is an import path */
export function apiFiles(sdk, folder) {
  const entries = readdirSync(sdk).filter((name) => /^[a-z0-9-]+\.ts$/.test(name));
  return new Map(
    entries.map((name) => {
      const module = basename(name, ".ts");
      const path = module === "index" ? "@asmfilter/sdk" : `@asmfilter/sdk/${module}`;
      return [join(folder, `${module === "index" ? "sdk" : module}.md`), page(path, join(sdk, name))];
    }),
  );
}

function page(path, file) {
  const reader = new Sources();
  const exported = [...reader.exportsOf(file)].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = exported.map(([name, place]) => section(name, place, reader));
  const what = `What \`import { … } from "${path}"\` has. Generated from the doc comments by \`npm run generate\`; do not edit.`;
  return `${[`# ${path}`, what, reader.moduleDoc(file), ...parts].filter((part) => part !== "").join("\n\n")}\n`;
}

/** The parsed files, each once, and what they export. */
class Sources {
  #parsed = new Map();

  parse(file) {
    let source = this.#parsed.get(file);
    if (!source) {
      const parser = new Parser();
      parser.parseFile(readFileSync(file, "utf8"), file, true);
      if (parser.diagnostics.length > 0) throw new Error(`${file}: ${parser.diagnostics[0].message}`);
      source = parser.sources[0];
      this.#parsed.set(file, source);
    }
    return source;
  }

  /** Name → where it is declared. */
  exportsOf(file) {
    const found = new Map();
    for (const statement of this.parse(file).statements) {
      if (statement instanceof ExportStatement) {
        const target = statement.path ? resolvePath(file, statement.path.value) : file;
        for (const member of statement.members ?? []) {
          found.set(member.exportedName.text, this.find(target, member.localName.text));
        }
        if (!statement.members) for (const [name, place] of this.exportsOf(target)) found.set(name, place);
      } else {
        for (const node of declarationsIn(statement))
          if (node.flags & EXPORT) found.set(node.name.text, { file, node });
      }
    }
    return found;
  }

  /** Where a name that a file declares, or exports from another, is declared. */
  find(file, name) {
    for (const statement of this.parse(file).statements) {
      for (const node of declarationsIn(statement)) if (node.name.text === name) return { file, node };
    }
    const place = this.exportsOf(file).get(name) ?? this.imported(file, name);
    if (!place) throw new Error(`${file} exports ${name}, which is declared nowhere`);
    return place;
  }

  /** Where a name that a file imports from another of the SDK is declared. */
  imported(file, name) {
    for (const { declarations, path } of this.parse(file).statements) {
      const member = path && declarations?.find?.((each) => each.name?.text === name);
      if (member?.foreignName) return this.find(resolvePath(file, path.value), member.foreignName.text);
    }
    return undefined;
  }

  /** What is said of a module: by the file that it is taken over from, where there is one. */
  moduleDoc(file) {
    const [only, ...more] = this.parse(file).statements;
    if (only instanceof ExportStatement && !only.members && more.length === 0) {
      return this.moduleDoc(resolvePath(file, only.path.value));
    }
    const comment = /^\/\*\*[\s\S]*?\*\//.exec(this.parse(file).text)?.[0] ?? "";
    return markdown(comment).replace(/\n*@module\s*$/, "");
  }
}

function resolvePath(from, path) {
  const target = join(dirname(from), path);
  return existsSync(`${target}.ts`) ? `${target}.ts` : join(target, "index.ts");
}

function declarationsIn(statement) {
  if (statement instanceof VariableStatement) return statement.declarations;
  return statement.name && statement.flags !== undefined ? [statement] : [];
}

function section(name, { file, node }, sources) {
  const head = `## ${name}`;
  const code = (text) => `\`\`\`ts\n${text}\n\`\`\``;
  const doc = docOf(node);
  if (node instanceof EnumDeclaration) {
    const rows = node.values.map((value) => {
      const [number, text] = [value.initializer ? textOf(value.initializer) : "", docOf(value).replace(/\s+/g, " ")];
      return `| \`${value.name.text}\` | ${number} | ${text.replaceAll("|", "\\|")} |`;
    });
    return [head, doc, ["| member | value | |", "|---|---|---|", ...rows].join("\n")].filter(Boolean).join("\n\n");
  }
  if (node instanceof NamespaceDeclaration) {
    const members = node.members.flatMap(declarationsIn).filter(({ flags }) => flags & EXPORT);
    return [head, doc, ...members.map((each) => member(each, `${name}.`))].filter(Boolean).join("\n\n");
  }
  if (node instanceof ClassDeclaration || node instanceof InterfaceDeclaration) {
    const members = publicMembers(file, node, sources);
    return [head, code(classHead(name, node)), doc, ...members.map((each) => member(each, ""))]
      .filter(Boolean)
      .join("\n\n");
  }
  return [head, code(signature(node, "")), doc].filter(Boolean).join("\n\n");
}

function classHead(name, node) {
  const type = node instanceof InterfaceDeclaration ? "interface" : "class";
  const parameters = node.typeParameters?.length ? `<${node.typeParameters.map(textOf).join(", ")}>` : "";
  const base = node.extendsType ? ` extends ${textOf(node.extendsType)}` : "";
  return `${node.flags & ABSTRACT ? "abstract " : ""}${type} ${name}${parameters}${base}`;
}

/** The members that an author uses or overrides, those of bases as well: most of them are not exported. */
function publicMembers(file, node, sources) {
  const own = node.members.filter(
    (each) =>
      !(each.flags & PRIVATE) &&
      !each.name.text.startsWith("_") &&
      !(each.flags & SET && !docOf(each)) &&
      !isInternal(each),
  );
  if (!node.extendsType) return own;
  const base = place(sources, file, node.extendsType.name.identifier.text);
  if (!(base?.node instanceof ClassDeclaration)) return own;
  const names = new Set(own.map(({ name }) => name.text));
  const inherited = publicMembers(base.file, base.node, sources);
  // A base's own workings are not said to be anything for authors.
  return [...own, ...inherited.filter((each) => docOf(each) !== "" && !names.has(each.name.text))];
}

function place(sources, file, name) {
  try {
    return sources.find(file, name);
  } catch {
    return undefined;
  }
}

function isInternal(node) {
  return /@internal\b/.test(docOf(node)) || (node.flags & PROTECTED && !docOf(node));
}

function member(node, prefix) {
  return [`### ${heading(node, prefix)}`, `\`\`\`ts\n${signature(node, prefix)}\n\`\`\``, docOf(node)]
    .filter(Boolean)
    .join("\n\n");
}

function heading(node, prefix) {
  return `${prefix}${node.flags & CONSTRUCTOR ? "constructor" : node.name.text}`;
}

/** A declaration as one would write it to use it: without its body, and without what it is set to inside. */
function signature(node, prefix) {
  const name = heading(node, prefix);
  const marks = `${node.flags & STATIC ? "static " : ""}${node.flags & ABSTRACT ? "abstract " : ""}`;
  if (node instanceof MethodDeclaration || node instanceof FunctionDeclaration) {
    const { parameters, returnType } = node.signature;
    const type = returnType && textOf(returnType) !== "" ? `: ${textOf(returnType)}` : "";
    if (node.flags & GET) return `${marks}get ${name}${type}`;
    const generic = node.typeParameters?.length ? `<${node.typeParameters.map(textOf).join(", ")}>` : "";
    const kind = node instanceof MethodDeclaration || prefix ? "" : "function ";
    return `${marks}${kind}${name}${generic}(${parameters.map(parameter).join(", ")})${type}`;
  }
  if (node instanceof TypeDeclaration) return `type ${name} = ${textOf(node.type)}`;
  const type = node.type ? `: ${textOf(node.type)}` : "";
  const value = node.initializer && !type ? ` = ${textOf(node.initializer)}` : "";
  const kind = node instanceof FieldDeclaration ? (node.flags & READONLY ? "readonly " : "") : "const ";
  return `${marks}${kind}${name}${type}${value}`;
}

/** A parameter on one line. */
function parameter(node) {
  return textOf(node).replace(/\s+/g, " ");
}

function textOf({ range }) {
  return range.source.text.substring(range.start, range.end);
}

/** The doc comment that ends right before a declaration, as Markdown. */
function docOf(node) {
  const { source, start } = node.range;
  const before = source.text
    .substring(0, start)
    // Decorators and modifiers belong to the declaration, but its range may begin after them.
    .replace(
      /((^|\n)[ \t]*\/\/[^\n]*|@[\w.]+(\([^)\n]*\))?|\b(export|default|declare|abstract|const|let|protected|public|static|readonly)\b|\s)+$/,
      "",
    );
  const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/$/.exec(before)?.[0];
  return comment ? markdown(comment) : "";
}

function markdown(comment) {
  const lines = comment
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .replaceAll("*\\/", "*/")
    .replace(/^[ \t]*\*[ \t]?/gm, "")
    .trim();
  return lines
    .replace(/\{@link ([^}]+)\}/g, "`$1`")
    .replace(/^@param (\w+)\s*/gm, "- `$1`: ")
    .replace(/^@returns\s+/gm, "- returns ")
    .replace(/([^\n])\n(- `\w+`: |- returns )/, "$1\n\n$2");
}
