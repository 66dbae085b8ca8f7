import { type Kube, KubeError, type Query } from "./client.ts";
import type { KubeObject } from "./types.ts";

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

export interface WatchOptions {
  readonly query: Query;
  readonly accept: string;
  /** Milliseconds without a byte after which the connection is given up. */
  readonly idleFor: number;
  readonly signal: AbortSignal;
}

const longestLine = 16 * 1024 * 1024;

/**
 * The events of one watch, until the API server ends it.
 * @throws {KubeError} 410 when the version is too old, any other error that the server reports inside the stream, and what breaks the connection.
 */
export async function* watch<T extends KubeObject>(
  kube: Kube,
  path: string,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const idle = new AbortController();
  const silence = new Error(`the watch of ${path} said nothing for ${options.idleFor} ms`);
  const timer = setTimeout(() => idle.abort(silence), options.idleFor);
  try {
    const signal = AbortSignal.any([options.signal, idle.signal]);
    const { query, accept } = options;
    const response = await kube.open(path, { query: { ...query, watch: true }, accept, signal });
    response.setEncoding("utf8");
    let rest = "";
    for await (const chunk of response as AsyncIterable<string>) {
      timer.refresh();
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > longestLine)
        throw new Error(`the watch of ${path} sent a line of more than ${longestLine} characters`);
      for (const line of lines) if (line !== "") yield event<T>(line);
    }
  } catch (error) {
    throw idle.signal.aborted ? silence : error;
  } finally {
    clearTimeout(timer);
  }
}

function event<T>(line: string): WatchEvent<T> {
  const { type, object } = JSON.parse(line) as { type: string; object: unknown };
  if (type === "ERROR") {
    const { code = 500, reason = "", message = "" } = object as { code?: number; reason?: string; message?: string };
    throw new KubeError(code, reason, message);
  }
  return { type: type as WatchEvent<T>["type"], object: object as T };
}
