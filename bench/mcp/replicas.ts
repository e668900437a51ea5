/**
 * `bun bench/mcp/replicas.ts [--calls N]`: how long what is POSTed to one replica takes to the stream that another one holds, over a Redis of
 * its own. README.md says how the figures come about.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRedis } from "#tests/support/redis.ts";
import { type Events, getEvents, INITIALIZE, messageOf } from "#tests/support/mcp/session-client.ts";
import { run, type Running } from "../process.ts";

const { values: flags } = parseArgs({ options: { calls: { type: "string", default: "3000" } } });
const calls = Number(flags.calls);

/** Calls that are not counted: compiling goes on through them. */
const WARM_UP = 1000;

const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));

function replica(store: string): Promise<Running> {
  const number = (name: string): object => ({ name, type: "number", required: true });
  const add = {
    name: "add",
    description: "Adds.",
    args: [number("a"), number("b")],
    responseTemplate: { body: "{{add .args.a .args.b}}" },
  };
  const config = {
    listeners: [{ host: "127.0.0.1", port: 0 }],
    admin: false,
    store,
    mcpServers: [{ name: "one", path: "/one", rest: { server: { name: "one" }, tools: [add] } }],
  };
  const file = join(folder, "gateway.yaml");
  writeFileSync(file, JSON.stringify(config));
  return run([process.execPath, join(import.meta.dir, "../../src/main.ts"), "--config", file]);
}

/** A client of HTTP+SSE, whose answers come by its stream, wherever its messages go. */
class Client {
  readonly #events: Events;
  readonly #endpoint: string;
  #id = 0;

  private constructor(events: Events, endpoint: string) {
    this.#events = events;
    this.#endpoint = endpoint;
  }

  static async open({ url }: Running): Promise<Client> {
    const events = await getEvents(new URL("/one/sse", url).href);
    const { data = "" } = (await events.next()) ?? {};
    const client = new Client(events, data);
    await client.ask({ url }, "initialize", INITIALIZE);
    return client;
  }

  /** Milliseconds from sending a request to `receiver` until its answer has come by the stream. */
  async ask({ url }: Pick<Running, "url">, method: string, params: object): Promise<number> {
    const id = ++this.#id;
    const begin = performance.now();
    const sent = fetch(new URL(this.#endpoint, url), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    }).then((answer) => answer.text());
    for (;;) {
      const event = await this.#events.next();
      if (event === undefined) throw new Error("The stream is over.");
      const { id: answered, error } = messageOf(event);
      if (error !== undefined) throw new Error(event.data);
      if (answered === id) break;
    }
    const elapsed = performance.now() - begin;
    await sent;
    return elapsed;
  }

  close(): void {
    this.#events.drop();
  }
}

async function measure(title: string, holder: Running, receiver: Running): Promise<void> {
  const client = await Client.open(holder);
  const times: number[] = [];
  for (let at = 0; at < WARM_UP + calls; at++) {
    const elapsed = await client.ask(receiver, "tools/call", { name: "add", arguments: { a: at, b: 1 } });
    if (at >= WARM_UP) times.push(elapsed);
  }
  client.close();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(2).padStart(6);
  console.log(`  ${title.padEnd(28)} p50 ${at(0.5)} ms  p90 ${at(0.9)} ms  p99 ${at(0.99)} ms`);
}

await using redis = await startRedis();
const store = `redis://127.0.0.1:${redis.port}/0`;
const [a, b] = [await replica(store), await replica(store)];
console.log("tools/call, POST to the event on the stream");
await measure("stream and POST on one", a, a);
await measure("stream on one, POST on other", a, b);
await Promise.all([a, b].map((one) => one.stop()));
rmSync(folder, { recursive: true });
await redis.stop();
process.exit(0);
