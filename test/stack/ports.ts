import { createServer } from "node:net";
import { StackError } from "./process.ts";

const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer().once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
    });
    if (!given.has(port)) {
      given.add(port);
      return port;
    }
  }
}

/**
 * Starts a program that cannot choose its ports itself. Between asking the system for a free port and listening on it
 * somebody else may take it: then `start` is called again with other ports.
 */
export async function onFreePorts<T>(count: number, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    try {
      return await start(ports);
    } catch (error) {
      const clash = error instanceof StackError && /address already in use/i.test(error.log);
      if (!clash || attempt === 3) throw error;
    }
  }
}
