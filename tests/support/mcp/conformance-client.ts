/**
 * Sluice's client side as the conformance suite starts it, `bun conformance-client.ts URL`: a remote server that is used as the gateway
 * uses it for a client of the revision in question. The scenario and what belongs to it come in the environment.
 */
import process from "node:process";
import { urlKind } from "#mcp/remote/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { McpPage } from "#src/core/mcp/page.ts";
import type { McpSession } from "#src/core/mcp/server.ts";
import { isModern } from "#src/core/mcp/versions.ts";
import { mcpWorld } from "../mcp-world.ts";
import { ConformanceBrowser, PUBLIC_URL } from "./conformance-browser.ts";
import { ConformanceUser } from "./conformance-user.ts";
import { scenarioOf } from "./conformance-scenarios.ts";

const {
  MCP_CONFORMANCE_SCENARIO: scenario = "",
  MCP_CONFORMANCE_CONTEXT: context = "{}",
  MCP_CONFORMANCE_PROTOCOL_VERSION: version = "",
} = process.env;

const url = process.argv.at(-1) ?? "";
const write = (message: string, about?: object): void => console.error(message, JSON.stringify(about ?? {}));
const pages: McpPage[] = [];
const log = { info: write, warn: write, error: write };
const world = mcpWorld({ clock: systemClock, log, serve: (page) => void pages.push(page) });
const browser = new ConformanceBrowser(pages, systemClock);
const { issuer, client_id: id, client_secret: secret } = given(context);
/** The suite's authorization servers are on this machine, where an upstream's metadata may not lead otherwise. */
const LOOPBACK = { allow: ["127.0.0.0/8", "::1/128", "localhost"] };
const settings = urlKind.schema.parse({
  endpoints: [url],
  network: LOOPBACK,
  ...(scenario.startsWith("auth/") && {
    credentials: {
      user: {
        publicUrl: PUBLIC_URL,
        login: "none",
        network: LOOPBACK,
        sealKeys: ["a key of at least 32 characters, for one run"],
        ...(issuer !== undefined && { issuer, client: { id, secret } }),
      },
    },
  }),
});
const server = await urlKind.create("upstream", settings, world);
const session = isModern(version) ? undefined : openSession();
const user = new ConformanceUser(server, version, session, (link) => browser.signIn(link));
try {
  await scenarioOf(scenario)(user, given(context));
} finally {
  if (session !== undefined) await server.endSession?.(session);
  await server.close();
}

function given(text: string): JsonObject {
  const value = JSON.parse(text) as Json;
  return isObject(value) ? value : {};
}

/** What the endpoint would keep for a client of the session era. */
function openSession(): McpSession {
  const values = new Map<string, string>();
  return {
    id: "conformance",
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    ended: new AbortController().signal,
  };
}
