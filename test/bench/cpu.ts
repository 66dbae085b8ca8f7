import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Why CPU time of threads cannot be read here; undefined when it can. */
export function cpuTimeMissing(): string | undefined {
  return existsSync("/proc/self/schedstat") ? undefined : "needs Linux with /proc/PID/schedstat";
}

/** Nanoseconds that the threads of this name have been on a CPU so far, in the kernel or out of it. */
export function threadNanoseconds(pid: number, name: RegExp): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks)
    .filter((task) => name.test(readFileSync(`${tasks}/${task}/comm`, "utf8").trim()))
    .reduce((sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]), 0);
}
