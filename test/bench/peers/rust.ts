import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { builtPeer, run } from "./installed.ts";
import { type Peer, type Workload, workloads } from "./peer.ts";

const TARGET = "wasm32-unknown-unknown";

interface Toolchain {
  readonly cargo: string;
  readonly rustc: string;
}

/** The Rust SDK, optimized for speed across crates, without unwinding. */
export const rust: Peer = {
  name: "rust",
  title: "Rust SDK, crate proxy-wasm 0.2.1, opt-level 3, LTO",
  missing() {
    if (toolchain()) return undefined;
    return `needs cargo and a rustc with ${TARGET}: Debian's cargo, rustc, libstd-rust-dev-wasm32 and lld, or rustup's`;
  },
  async build(workload) {
    const folder = await builtPeer("rust", async (folder) => {
      await vendor(folder);
      for (const name of Object.keys(workloads) as Workload[]) await compile(folder, name);
      for (const rest of ["target", "vendor"]) await rm(join(folder, rest), { recursive: true });
    });
    return readFile(join(folder, `${workload}.wasm`));
  },
};

/** The first of the PATH's and Debian's own that has the target. */
function toolchain(): Toolchain | undefined {
  const candidates = [
    { cargo: "cargo", rustc: "rustc" },
    { cargo: "/usr/bin/cargo", rustc: "/usr/bin/rustc" },
  ];
  return candidates.find(({ cargo, rustc }) => {
    const { status, stdout } = spawnSync(rustc, ["--print", "target-libdir", "--target", TARGET], { encoding: "utf8" });
    return status === 0 && existsSync(stdout.trim()) && spawnSync(cargo, ["--version"]).status === 0;
  });
}

/** Fetches the locked crates. By the PATH's cargo: Debian's is too old for today's registry protocol. */
async function vendor(folder: string): Promise<void> {
  await run(folder, "cargo", ["vendor", "--locked", "vendor"]);
  await mkdir(join(folder, ".cargo"));
  const config = '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n';
  await writeFile(join(folder, ".cargo", "config.toml"), config);
}

async function compile(folder: string, workload: Workload): Promise<void> {
  const { cargo, rustc } = toolchain()!;
  const args = ["build", "--offline", "--locked", "--release", "--target", TARGET, "--features", workload];
  // Debian ships the linker of LLVM instead of Rust's copy of it.
  const flags = rustc === "/usr/bin/rustc" ? { RUSTFLAGS: "-C linker=wasm-ld" } : {};
  await run(folder, cargo, args, { RUSTC: rustc, ...flags });
  await copyFile(join(folder, "target", TARGET, "release", "bench_filters.wasm"), join(folder, `${workload}.wasm`));
}
