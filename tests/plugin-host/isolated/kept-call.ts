import { HeaderList, type Header } from "#src/core/header-list.ts";
import type { Call } from "#src/core/plugin.ts";

/** A call for tests that keeps what is done to it. */
export interface KeptCall extends Call {
  /** What was asked beside changes of fields. */
  readonly asked: string[];
  readonly properties: Map<string, string>;
  readonly abort: AbortController;
}

/** A request with these headers, and an answer unless told otherwise. */
export function keptCall(
  headers: readonly Header[] = [],
  { answered = false, id = "r-1" }: { readonly answered?: boolean; readonly id?: string } = {},
): KeptCall {
  const asked: string[] = [];
  const properties = new Map<string, string>();
  const abort = new AbortController();
  const list = (lines: readonly Header[]): HeaderList => {
    const made = new HeaderList();
    for (const [name, value] of lines) made.append(name, value);
    return made;
  };
  return {
    id,
    asked,
    properties,
    abort,
    signal: abort.signal,
    request: { method: "GET", host: "a.test", path: "/", search: "", headers: list(headers), hasBody: true },
    response: answered ? { status: 200, headers: list([["server", "backend"]]) } : undefined,
    route: { name: "route", ai: false, mcp: false, services: ["backend"] },
    connection: { remoteAddress: "10.1.2.3", secure: true },
    consumer: undefined,
    record: {
      id,
      time: 1234,
      startedAt: 0,
      method: "GET",
      host: "a.test",
      path: "/",
      status: 0,
      requestBytes: 0,
      responseBytes: 0,
      losses: [],
      attempts: [],
    },
    property: (path) => properties.get(path),
    setProperty(path, value) {
      if (value === undefined) properties.delete(path);
      else properties.set(path, value);
    },
    reroute: () => void asked.push("reroute"),
    overrideUpstream: (address) => void asked.push(`override ${address}`),
  };
}
