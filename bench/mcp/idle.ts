import type { Running } from "../process.ts";

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
};

/** How many sessions are opened first, so that pools and caches have their size. */
const WARM_UP = 100;

/** Bytes of the server's memory that each of `count` sessions takes, its standing stream open. */
export async function idleSessions(url: URL, running: Running, count: number): Promise<number> {
  await open(url, WARM_UP);
  const before = running.memory();
  await open(url, count);
  await Bun.sleep(2000);
  return (running.memory() - before) / count;
}

async function open(url: URL, count: number): Promise<void> {
  for (let at = 0; at < count; at += 20)
    await Promise.all(Array.from({ length: Math.min(20, count - at) }, () => session(url)));
}

async function session(url: URL): Promise<void> {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(INITIALIZE) });
  await answer.text();
  const id = answer.headers.get("mcp-session-id") ?? "";
  await standing(url, id);
}

/** A connection of its own for each stream; resolves when its head has come. */
function standing({ hostname, port, pathname }: URL, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    void Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: (socket) =>
          void socket.write(
            `GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\naccept: text/event-stream\r\nmcp-session-id: ${id}\r\n\r\n`,
          ),
        data: (_socket, bytes) => (bytes.toString("latin1").startsWith("HTTP/1.1 200") ? resolve() : undefined),
        error: (_socket, error) => reject(error),
      },
    });
  });
}
