import type { JsonObject } from "#src/core/json.ts";
import { isObject } from "#src/core/json.ts";

/** A request as the fake API understood it. */
export interface Understood {
  readonly operationId: string;
  readonly path: string;
  /** The values of the path's parameters, decoded. */
  readonly values: Readonly<Record<string, string>>;
  readonly query: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** An API that a document describes, on a port of this machine. */
export interface FakeApi {
  readonly url: string;
  readonly seen: Understood[];
  /** Every path that was asked for, known or not. */
  readonly asked: string[];
  /** What is answered next. */
  answer: () => Response | Promise<Response>;
  stop(): Promise<void>;
}

interface Route {
  readonly operationId: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  /** The fewer names in a path, the earlier it is tried. */
  readonly rank: number;
}

/** Serves the operations of a document; what it does not describe is answered 404. */
export function fakeApi(document: JsonObject): FakeApi {
  const routes = routesOf(document);
  const seen: Understood[] = [];
  const asked: string[] = [];
  const api: Pick<FakeApi, "answer"> = { answer: () => Response.json({ ok: true }) };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      asked.push(pathname);
      const fitting = routes.find(({ method, pattern }) => method === request.method && pattern.test(pathname));
      if (fitting === undefined) return new Response(`There is no ${request.method} ${pathname}.`, { status: 404 });
      const found = fitting.pattern.exec(pathname)?.slice(1) ?? [];
      const values = Object.fromEntries(fitting.names.map((name, at) => [name, decodeURIComponent(found[at] ?? "")]));
      const body = await bodyOf(request);
      seen.push({
        operationId: fitting.operationId,
        path: pathname,
        values,
        query: search.slice(1),
        headers: request.headers,
        body,
      });
      return api.answer();
    },
  });
  return Object.assign(api, { url: `http://127.0.0.1:${server.port}`, seen, asked, stop: () => server.stop(true) });
}

function routesOf({ paths }: JsonObject): readonly Route[] {
  const routes = Object.entries(isObject(paths) ? paths : {}).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).flatMap(([method, operation]) => {
      if (!isObject(operation)) return [];
      const names = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = ""]) => name);
      const source = path.replaceAll(/[.+*?()[\]\\^$|]/g, "\\$&").replaceAll(/\{[^{}]+\}/g, "([^/]+)");
      const pattern = new RegExp(`^${source}$`);
      const operationId = typeof operation["operationId"] === "string" ? operation["operationId"] : `${method} ${path}`;
      return [{ operationId, method: method.toUpperCase(), pattern, names, rank: names.length }];
    }),
  );
  return routes.sort((one, other) => one.rank - other.rank);
}

async function bodyOf(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  const text = await request.text();
  if (text === "") return undefined;
  if (type.includes("json")) return JSON.parse(text);
  const [, boundary] = /^multipart\/form-data; boundary=(\S+)$/.exec(type) ?? [];
  return boundary === undefined ? text : partsOf(text, boundary);
}

/** Parts of texts: a field's name and text, a file's name, file name, type and text. Bun's own reader takes no heed of the type. */
function partsOf(body: string, boundary: string): unknown[] {
  const parts = body.split(`--${boundary}`).slice(1, -1);
  return parts.map((part) => {
    const [head = "", ...rest] = part.slice(2, -2).split("\r\n\r\n");
    const [, name, filename] = /name="([^"]*)"(?:; filename="([^"]*)")?/.exec(head) ?? [];
    const [, type] = /Content-Type: (\S+)/.exec(head) ?? [];
    const text = rest.join("\r\n\r\n");
    return filename === undefined ? [name, text] : [name, filename, type, text];
  });
}
