/** Sessions over two replicas and a Redis that die in mid-stream: no event is lost, doubled or out of order. */
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { object } from "#tests/support/mcp/peer/peer.ts";
import { Replicas } from "#tests/support/mcp/replicas.ts";
import {
  beginSession,
  type Events,
  getEvents,
  INITIALIZE,
  messageOf,
  post,
  postForEvents,
} from "#tests/support/mcp/session-client.ts";
import { redisMissing } from "#tests/support/redis.ts";

const PATIENCE_MS = 60_000;
const COUNT = 300;

describe.skipIf(redisMissing !== undefined)("sessions on two replicas", () => {
  test(
    "who runs a call, who holds its stream and who resumes it are three",
    async () => {
      await using replicas = await Replicas.start();
      const session = await beginSession(replicas.url("a"));
      const counted = new Counted();
      const first = await postForEvents(replicas.url("b"), count(1, COUNT), session);
      await counted.take(first, 20);
      // B goes on with the call.
      first.drop();
      const held = await resume(replicas.url("a"), session, first);
      await counted.take(held, 100);
      replicas.a.signal("SIGKILL");
      await replicas.a.exited;
      await counted.takeAll(held);
      await counted.takeAll(await resume(replicas.url("b"), session, held));
      counted.expectWhole(COUNT);
    },
    PATIENCE_MS,
  );

  test(
    "Redis is killed in mid-stream and comes back",
    async () => {
      await using replicas = await Replicas.start();
      const session = await beginSession(replicas.url("a"));
      const counted = new Counted();
      let stream = await postForEvents(replicas.url("a"), count(1, COUNT), session);
      await counted.take(stream, 50);
      await replicas.restartRedis();
      for (let tries = 0; !counted.done && tries < 20; tries++) {
        await counted.takeAll(stream);
        if (!counted.done) stream = await resume(replicas.url("b"), session, stream);
      }
      counted.expectWhole(COUNT);
    },
    PATIENCE_MS,
  );

  test(
    "calls that alternate are answered on the one stream, each once",
    async () => {
      await using replicas = await Replicas.start();
      const { events, endpoint } = await openSse(replicas.url("a"));
      const answered: unknown[] = [];
      for (let id = 1; id <= 200; id++) {
        const origin = id % 2 === 0 ? replicas.a.origin : replicas.b.origin;
        await post(origin + endpoint, call(id));
      }
      while (answered.length < 200) {
        const event = await events.next();
        if (event === undefined) break;
        answered.push(messageOf(event).id);
      }
      events.drop();
      expect(answered.toSorted((one, other) => Number(one) - Number(other))).toEqual(
        Array.from({ length: 200 }, (_, i) => i + 1),
      );
    },
    PATIENCE_MS,
  );

  test(
    "a thousand sessions at a time, half of their calls on the other replica",
    async () => {
      await using replicas = await Replicas.start();
      const sessions = await pooled(1000, async (i) => {
        const holder = i % 2 === 0 ? "a" : "b";
        return openSse(replicas.url(holder));
      });
      const answers = await pooled(sessions.length, async (i) => {
        const { events, endpoint } = sessions[i] ?? never();
        const ids: unknown[] = [];
        for (let id = 1; id <= 4; id++) {
          await post((id % 2 === 0 ? replicas.a : replicas.b).origin + endpoint, call(id, i));
          const event = await events.next();
          const message = event === undefined ? {} : messageOf(event);
          ids.push([message.id, JSON.stringify(object(message.result).content)]);
        }
        return ids;
      });
      for (const { events } of sessions) events.drop();
      expect(answers).toEqual(answers.map((_, i) => [1, 2, 3, 4].map((id) => [id, twice(i)])));
    },
    PATIENCE_MS,
  );
});

/** A call that reports each number up to `to`. */
function count(id: number, to: number): JsonObject {
  const params = { name: "test_count", arguments: { to }, _meta: { progressToken: "count" } };
  return { id, method: "tools/call", params };
}

function call(id: number, number = id): JsonObject {
  return { id, method: "tools/call", params: { name: "test_structured_content", arguments: { count: number } } };
}

/** What was heard of a count. */
class Counted {
  readonly #numbers: unknown[] = [];
  #results = 0;

  get done(): boolean {
    return this.#results > 0;
  }

  /** Takes events until so many numbers are there. */
  async take(stream: Events, numbers: number): Promise<void> {
    while (this.#numbers.length < numbers) {
      const event = await stream.next();
      if (event === undefined) throw new Error(`the stream ended after ${this.#numbers.length} numbers`);
      this.#heard(messageOf(event));
    }
  }

  async takeAll(stream: Events): Promise<void> {
    for (let event = await stream.next(); event !== undefined; event = await stream.next())
      this.#heard(messageOf(event));
  }

  expectWhole(to: number): void {
    expect(this.#numbers).toEqual(Array.from({ length: to }, (_, i) => i + 1));
    expect(this.#results).toBe(1);
  }

  #heard(message: JsonObject): void {
    if (message.method === "notifications/progress") this.#numbers.push(object(message.params).progress);
    if (message.result !== undefined) this.#results++;
  }
}

/** Opens the rest of a stream somewhere. */
function resume(url: string, session: Record<string, string>, after: Events): Promise<Events> {
  return getEvents(url, { ...session, "last-event-id": after.lastId });
}

/** Begins a session of HTTP+SSE, whose answers all come on the one stream. */
async function openSse(url: string): Promise<{ readonly events: Events; readonly endpoint: string }> {
  const events = await getEvents(`${url}/sse`);
  const endpoint = (await events.next())?.data ?? "";
  const { origin } = new URL(url);
  await post(origin + endpoint, {
    id: 0,
    method: "initialize",
    params: { ...INITIALIZE, protocolVersion: "2024-11-05" },
  });
  await events.next();
  await post(origin + endpoint, { method: "notifications/initialized" });
  return { events, endpoint };
}

/** Runs `count` of them, fifty at a time. */
async function pooled<T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) results[i] = await run(i);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  return results;
}

/** The content that doubles a number. */
function twice(number: number): string {
  return JSON.stringify([{ type: "text", text: JSON.stringify({ twice: number * 2 }) }]);
}

function never(): never {
  throw new Error("There is no such session.");
}
