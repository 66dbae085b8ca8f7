import { spawn } from "node:child_process";
import { join } from "node:path";

const bin = join(import.meta.dirname, "..", "..", "cli", "bin", "asmfilter.js");

/** Runs the `asmfilter` command as a user would, in a process of its own. @throws when it does not exit 0, with what it said. */
export function asmfilter(args: readonly string[], stdin = ""): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: "pipe" });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`asmfilter ${args.join(" ")}: exit code ${code}\n${output.stdout}${output.stderr}`));
    });
    child.stdin.end(stdin);
  });
}
