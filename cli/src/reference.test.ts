import { join } from "node:path";
import { expect, test } from "vitest";
import { createProgram } from "./program.ts";
import { terminal } from "./testdata/terminal.ts";

const page = join(import.meta.dirname, "../../docs/reference/cli.md");

const introduction = `# The command line

<!-- Made from the program's own help; after a change: npx vitest run cli/src/reference.test.ts -u -->

Data goes to stdout, everything else to stderr. \`--format json\` makes the data JSON.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed: stderr says what and why, a code ([all of them](errors.md)), and what to do |
| 2 | wrong usage: an unknown verb or flag, a missing argument |
| 130 | interrupted |

| variable | effect |
|---|---|
| \`NO_COLOR\` | no colours |
| \`FORCE_COLOR\` | colours off a terminal too |
| \`DOCKER_CONFIG\` | the folder of docker's \`config.json\`, from which credentials are read (default \`~/.docker\`) |
| \`ASMFILTER_DEBUG\` | \`1\` adds the stack trace to an error |

A reference is \`registry/repository[:tag][@digest]\`; a leading \`oci://\` is allowed. A path (it starts with \`/\`, \`./\`, \`../\` or \`~\`),
with \`[:tag][@digest]\`, is an OCI image layout on disk. Where tag and digest are given the digest decides.
Plain HTTP is spoken to \`localhost\`, 127.0.0.0/8 and [::1], elsewhere only with \`--plain-http\`.
`;

test("docs/reference/cli.md is what the program says of itself", async () => {
  const { run } = await terminal();
  const stream = process.stdout;
  const program = createProgram({ stdout: stream, stderr: stream, stdin: process.stdin, env: {}, cwd: "/" });
  const sections = [`## asmfilter\n\n${block((await run(["--help"])).stdout)}`];
  for (const verb of program.commands) {
    const { stdout } = await run([verb.name(), "--help"]);
    sections.push(`## asmfilter ${verb.name()}\n\n${block(stdout)}`);
  }
  await expect(`${introduction}\n${sections.join("\n")}`).toMatchFileSnapshot(page);
});

function block(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}
