import type { JsonObject } from "#src/core/json.ts";
import { systemClock } from "#src/core/clock.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { Http1Transport } from "#src/serve/http1/transport.ts";
import { type Backend, startBackend } from "#tests/support/backend.ts";
import type { CallParts } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { called } from "./called.ts";

/** The ways to APIs: each is tested. */
export const WAYS: readonly (readonly [name: string, way: () => Partial<McpWorld>])[] = [
  ["fetch", () => ({})],
  ["Sluice's own connections", () => ({ transport: new Http1Transport(systemClock) })],
];

/** What the API does at each path. */
const pathsOf = (
  other: Backend,
  late: Promise<void>,
): Readonly<Record<string, (request: Request) => Response | Promise<Response>>> => ({
  "/echo": async (request) => {
    const { searchParams } = new URL(request.url);
    return Response.json({
      method: request.method,
      query: Object.fromEntries(searchParams),
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    });
  },
  "/weather": () => Response.json({ city: "Oslo", days: [{ t: 3.1 }, { t: -1 }], n: 12 }),
  "/list": () => Response.json([1, 2]),
  "/empty": () => new Response(null, { status: 204 }),
  "/text": () => new Response("plain", { headers: { "content-type": "text/plain" } }),
  "/latin": () =>
    new Response(new Uint8Array([0x63, 0x61, 0x66, 0xe9]), {
      headers: { "content-type": "text/plain; charset=iso-8859-1" },
    }),
  "/image": () => new Response(new Uint8Array([1, 2, 255]), { headers: { "content-type": "image/png; q=1" } }),
  "/pdf": () => new Response(new Uint8Array([0xff, 0xfe, 0]), { headers: { "content-type": "application/pdf" } }),
  "/fail": () => Response.json({ data: { value: 7 } }, { status: 500, headers: { "x-ca-error-code": "E1" } }),
  "/html": () => new Response("<html>gone</html>", { status: 404, headers: { "content-type": "text/html" } }),
  "/huge": () => new Response(new Uint8Array(17 * 1024 * 1024)),
  "/slow": async () => {
    await late;
    return new Response("late");
  },
  "/moved": () => new Response(null, { status: 302, headers: { location: "/weather" } }),
  "/loop": () => new Response(null, { status: 302, headers: { location: "/loop" } }),
  "/away": () => new Response(null, { status: 302, headers: { location: `http://${other.address}/seen` } }),
  "/posted": () => new Response(null, { status: 307, headers: { location: "/echo" } }),
});

/** An API on loopback, and another one that it redirects to. */
export class ApiStage {
  readonly late: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly other: Backend = startBackend((request) => Response.json(Object.fromEntries(request.headers)));
  readonly api: Backend;
  readonly #way: Partial<McpWorld>;

  constructor(way: Partial<McpWorld>) {
    this.#way = way;
    const paths = pathsOf(this.other, this.late.promise);
    this.api = startBackend(
      (request) => paths[new URL(request.url).pathname]?.(request) ?? new Response("no such path", { status: 404 }),
    );
  }

  called(
    yaml: string,
    tool: string,
    args: JsonObject,
    parts: CallParts = {},
    more: Partial<McpWorld> = {},
  ): Promise<JsonObject> {
    return called(yaml, tool, args, parts, mcpWorld({ ...this.#way, ...more }));
  }

  /** A document with one tool `t` at a path, whose further lines are `more`. */
  document(path: string, more = "", server = "name: s"): string {
    const lines =
      more.trim() === ""
        ? ""
        : `${more
            .trim()
            .split("\n")
            .map((line) => `    ${line}`)
            .join("\n")}\n`;
    const request = /^requestTemplate:/m.test(more)
      ? ""
      : `    requestTemplate: { url: "http://${this.api.address}${path}" }\n`;
    return `server:\n  ${server.split("\n").join("\n  ")}\ntools:\n  - name: t\n${request}${lines}`;
  }

  async call(path: string, more = "", args: JsonObject = {}): Promise<JsonObject> {
    return this.called(this.document(path, more), "t", args);
  }

  async close(): Promise<void> {
    this.late.resolve();
    await Promise.all([this.api.close(), this.other.close()]);
  }
}
