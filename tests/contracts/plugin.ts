import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { pathToFileURL } from "node:url";
import { FakeUpstream } from "#tests/support/fake-upstream.ts";
import { type EdgePlugin, pluginsIn } from "#src/command/edge/edge-plugins.ts";
import type { JsonObject } from "#src/core/json.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { startWorker } from "#tests/support/worker.ts";

/**
 * What a plugin can do, whatever it is written in. A guest is one plugin that does what its configuration's `mode` says:
 *
 * - `key-auth` `{ key, consumer }`: without a header `x-api-key` it refuses with 401 and `No API key found.`, with another value than `key`
 *   with 401 and `Unknown API key.`; else it names the consumer and sends `x-mse-consumer` to the upstream.
 * - `headers`: to the request it sets `x-added: 1`, adds `x-many: b` and removes `x-removed`; to the answer it sets `x-seen: STATUS` and
 *   removes `x-gone`.
 * - `body`: it makes the request's body upper case (ASCII), and puts the answer's between `<` and `>`.
 * - `events`: in the text of an AI answer, streamed or whole, `secret` becomes `******`.
 * - `callout` `{ upstream }`: it asks `GET /check` there with the request's header `x-user`; for 200 it sends the answer's body on as
 *   `x-checked`, for anything else it refuses with 403 and `Not allowed.`
 * - `early`: it answers 418 by itself, with `x-early: yes` and `short and stout`.
 */
export interface Guest {
  readonly name: string;
  /** The file; called once. */
  readonly build: () => Promise<string>;
  /** Why it cannot be built here. */
  readonly skip?: string;
  /** False: it can wait for nobody, so that `callout` is not asked of it. */
  readonly waits?: boolean;
  /** Fields of its entry. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

const MODES = {
  "key-auth": { key: "secret-1", consumer: "alice" },
  headers: {},
  body: {},
  events: {},
  callout: { upstream: "auth" },
  early: {},
} as const;

/** Where a gateway with the plugin runs. */
export type Runtime = "bun" | "deno" | "workerd";

/** The suite of every loader and language. */
export function pluginContract({ name, build, skip, waits = true, fields = {} }: Guest, runtime: Runtime): void {
  describe.skipIf(skip !== undefined)(
    `a plugin in ${name} on ${runtime}${skip === undefined ? "" : ` (${skip})`}`,
    () => {
      let stage: Stage;
      beforeAll(async () => {
        stage = await openStage(pathToFileURL(await build()).href, fields, runtime);
      }, 120_000);
      afterAll(() => stage?.close());

      test("key-auth: refuses, and names who asks", async () => {
        const ask = (headers: Record<string, string>): Promise<Response> =>
          fetch(`${stage.origin}/key-auth`, { headers });
        const none = await ask({});
        expect([none.status, await none.text()]).toEqual([401, "No API key found."]);
        const wrong = await ask({ "x-api-key": "secret-2" });
        expect([wrong.status, await wrong.text()]).toEqual([401, "Unknown API key."]);
        const good = await ask({ "x-api-key": "secret-1" });
        expect([good.status, await good.text()]).toEqual([200, "from /key-auth"]);
        expect(stage.asked.at(-1)?.headers.get("x-mse-consumer")).toBe("alice");
      });

      test("headers: sets, adds and removes, of the request and of the answer", async () => {
        const response = await fetch(`${stage.origin}/headers`, { headers: { "x-removed": "me", "x-many": "a" } });
        const asked = stage.asked.at(-1)?.headers;
        expect([asked?.get("x-added"), asked?.get("x-many"), asked?.get("x-removed")]).toEqual(["1", "a, b", null]);
        expect([response.headers.get("x-seen"), response.headers.get("x-gone")]).toEqual(["200", null]);
      });

      test.each([0, 1, 100, 70_000])("body: of %d characters, both ways", async (length) => {
        const body = "abcé".repeat(length / 4 + 1).slice(0, length);
        const response = await fetch(`${stage.origin}/body`, { method: "POST", body: `x${body}` });
        expect(await response.text()).toBe(`<from /body>`);
        expect(await stage.asked.at(-1)?.text()).toBe(
          `X${body.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())}`,
        );
      });

      test.each([false, true])("events: of an AI answer, streamed: %p", async (stream) => {
        stage.ai.reply({ answer: { parts: [{ type: "text", text: "a secret stays" }] } });
        const messages = [{ role: "user", content: "Tell" }];
        const response = await fetch(`${stage.origin}/v1/chat/completions`, {
          method: "POST",
          body: JSON.stringify({ model: "gpt-4o", stream, messages }),
        });
        const text = await response.text();
        expect(response.status).toBe(200);
        expect(text).toContain("******");
        expect(text).not.toContain("secret");
        if (stream) expect(text).toEndWith("data: [DONE]\n\n");
      });

      test.skipIf(!waits)("callout: waits for the answer, and goes by it", async () => {
        const ask = (user: string): Promise<Response> =>
          fetch(`${stage.origin}/callout`, { headers: { "x-user": user } });
        const good = await ask("alice");
        expect([good.status, await good.text()]).toEqual([200, "from /callout"]);
        expect(stage.asked.at(-1)?.headers.get("x-checked")).toBe("alice may");
        const bad = await ask("mallory");
        expect([bad.status, await bad.text()]).toEqual([403, "Not allowed."]);
        const many = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(at % 2 === 0 ? "alice" : "mallory")));
        expect(many.map(({ status }) => status)).toEqual(many.map((_, at) => (at % 2 === 0 ? 200 : 403)));
      });

      test("early: answers by itself", async () => {
        const before = stage.asked.length;
        const response = await fetch(`${stage.origin}/early`);
        expect([response.status, response.headers.get("x-early")]).toEqual([418, "yes"]);
        expect(await response.text()).toBe("short and stout");
        expect(stage.asked.length).toBe(before);
      });
    },
  );
}

/** Starts a gateway. */
type Run = (config: JsonObject) => Promise<{ readonly origin: string; stop(): Promise<unknown> }>;

const RUN: Readonly<Record<Runtime, Run>> = {
  bun: (config) => startGateway({ runtime: "bun", config }),
  deno: (config) => startGateway({ runtime: "deno", config }),
  workerd: async (config) =>
    startWorker({ bindings: { SLUICE_CONFIG: JSON.stringify(config) }, plugins: await builtPlugins(config) }),
};

function builtPlugins(config: JsonObject): Promise<EdgePlugin[]> {
  const writeFile = (): never => {
    throw new Error("Nothing is to be written.");
  };
  const world = { fetch, writeFile, readFile: () => JSON.stringify(config), print() {}, tell() {} };
  return pluginsIn("gateway.yaml", world);
}

interface Stage {
  readonly origin: string;
  readonly ai: FakeUpstream;
  /** What the service behind the gateway was asked. */
  readonly asked: Request[];
  close(): Promise<void>;
}

async function openStage(url: string, fields: object, runtime: Runtime): Promise<Stage> {
  const asked: Request[] = [];
  const ai = await FakeUpstream.start();
  const service = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/check") return checked(request.headers.get("x-user"));
      const text = await request.text();
      const { method, headers } = request;
      asked.push(new Request(request.url, { method, headers, ...(method === "GET" ? {} : { body: text }) }));
      return new Response(`from ${pathname}`, { headers: { "x-gone": "1" } });
    },
  });
  const address = `127.0.0.1:${service.port}`;
  const modes = Object.keys(MODES) as (keyof typeof MODES)[];
  const config = {
    admin: { port: 0 },
    providers: [{ id: "fake", type: "openai", apiTokens: ["sk-fake"], baseUrl: `${ai.origin}/openai/v1` }],
    services: [
      { name: "backend", endpoints: [address] },
      { name: "auth", endpoints: [address] },
    ],
    routes: modes.map((mode) =>
      mode === "events"
        ? { name: mode, match: { path: { prefix: "/v1" } }, ai: { upstreams: [{ provider: "fake" }] } }
        : { name: mode, match: { path: { prefix: `/${mode}` } }, http: { services: [{ name: "backend" }] } },
    ),
    plugins: [
      {
        name: "contract",
        url,
        ...fields,
        rules: modes.map((mode) => ({ routes: [mode], config: { mode, ...MODES[mode] } })),
      },
    ],
  };
  const gateway = await RUN[runtime](config);
  return {
    origin: gateway.origin,
    ai,
    asked,
    async close() {
      await gateway.stop();
      await service.stop(true);
      await ai.close();
    },
  };
}

function checked(user: string | null): Response {
  return user === "alice" ? new Response("alice may") : new Response("no", { status: 403 });
}
