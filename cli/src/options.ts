import { type Command, InvalidArgumentError, Option } from "commander";

/** The flag `--format`, the same for every verb that has data. */
export function formatOption(): Option {
  return new Option("--format <format>", "how data is printed").choices(["text", "json"]).default("text");
}

/** How a registry is reached. */
export interface RegistryFlags {
  plainHttp?: boolean;
  insecureSkipVerify?: boolean;
  caFile?: string;
  username?: string;
  passwordStdin?: boolean;
  /** Seconds. */
  timeout: number;
}

/** Adds the flags of {@link RegistryFlags}, the same for every verb that takes a reference. */
export function registryOptions(verb: Command): Command {
  return verb
    .option("--plain-http", "speak HTTP without TLS to the registry (always so for localhost)")
    .option("--insecure-skip-verify", "do not verify the registry's certificate")
    .option("--ca-file <file>", "trust these certificates (PEM) at the registry, instead of the system's")
    .option("--username <name>", "user at the registry (default: from docker's config.json)")
    .option("--password-stdin", "read the password from stdin")
    .option("--timeout <seconds>", "give up on the registry after that long", seconds, 120);
}

function seconds(text: string): number {
  const value = Number(text);
  // setTimeout counts milliseconds in 31 bits; more would be no time at all.
  if (text.trim() !== "" && value > 0 && value <= 2_000_000) return value;
  throw new InvalidArgumentError("It must be a number of seconds, above 0.");
}

/** Collects `key=value` of a flag that may be given more than once. */
export function keyValue(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be KEY=VALUE.");
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}
