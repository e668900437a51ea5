/** The fixture server of the session era as a process: `bun legacy-main.ts [PORT]`. Writes where it listens. */
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { EventStore } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { createLegacyServer } from "./legacy-server.ts";
import { notLocal } from "./local-only.ts";

/** The events of one session, in order; an id is the place and the stream's name. */
class MemoryEvents implements EventStore {
  readonly #events: { readonly stream: string; readonly message: JSONRPCMessage }[] = [];

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    this.#events.push({ stream, message });
    return `${this.#events.length - 1}_${stream}`;
  }

  async getStreamIdForEventId(id: string): Promise<string | undefined> {
    return this.#events[Number.parseInt(id, 10)]?.stream;
  }

  async replayEventsAfter(
    id: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const last = Number.parseInt(id, 10);
    const stream = this.#events[last]?.stream ?? "";
    for (const [place, event] of this.#events.entries()) {
      // A message without a body is the one that opens a stream.
      if (place > last && event.stream === stream && Object.keys(event.message).length > 0) {
        await send(`${place}_${stream}`, event.message);
      }
    }
    return stream;
  }
}

const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

async function open(): Promise<WebStandardStreamableHTTPServerTransport> {
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
    eventStore: new MemoryEvents(),
    retryInterval: 100,
  });
  await createLegacyServer().connect(transport);
  return transport;
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 0),
  idleTimeout: 0,
  async fetch(request) {
    const refused = notLocal(request);
    if (refused !== undefined) return refused;
    const id = request.headers.get("mcp-session-id");
    if (id === null) return (await open()).handleRequest(request);
    const transport = sessions.get(id);
    return transport === undefined ? new Response(null, { status: 404 }) : transport.handleRequest(request);
  },
});
console.log(`listening on http://localhost:${server.port}/mcp`);
