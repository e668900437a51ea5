import { expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import type { AnswerBody } from "#src/core/answer-body.ts";
import { systemClock } from "#src/core/clock.ts";
import { HeaderList } from "#src/core/header-list.ts";
import { Http1Transport } from "#src/serve/http1/transport.ts";
import { Cancelling } from "#tests/support/cancelling.ts";
import { type RawPeer, RawServer } from "#tests/support/raw-server.ts";
import { until, within } from "#tests/support/until.ts";

const BODY = "0123456789".repeat(20_000);
const ANSWERS = [
  `HTTP/1.1 200 OK\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
  `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
  `HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
] as const;

/** What the server and the client do with one request. */
interface Step {
  readonly answer: string;
  /** After how many bytes the answer ends, whole or not. */
  readonly cut: number;
  readonly pieces: number;
  readonly ending: "keep" | "end" | "destroy";
  readonly client: "read" | "flow" | "cancel" | "abort early" | "abort late";
}

const WHOLE = 1e9;
const step = record<Step>({
  answer: constantFrom(...ANSWERS),
  cut: constantFrom(0, 1, 10, 40, 300, 90_000, WHOLE, WHOLE, WHOLE, WHOLE),
  pieces: integer({ min: 1, max: 5 }),
  ending: constantFrom("keep", "keep", "keep", "end", "destroy"),
  client: constantFrom("read", "read", "flow", "flow", "cancel", "abort early", "abort late"),
});

/** Plays the server to one connection: the request's body says by which step. */
async function play(peer: RawPeer, steps: readonly Step[]): Promise<void> {
  for (;;) {
    const { body } = await peer.request();
    const { answer, cut, pieces, ending } = steps[Number(body)]!;
    const bytes = answer.slice(0, cut);
    const size = Math.ceil(bytes.length / pieces);
    for (let at = 0; at < bytes.length; at += size) await peer.send(bytes.slice(at, at + size));
    if (ending === "end" || (cut < answer.length && ending === "keep")) peer.socket.end();
    else if (ending === "destroy") peer.socket.destroy();
  }
}

async function readAll(body: AnswerBody): Promise<string> {
  let text = "";
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read())
    text += Buffer.from(chunk).toString();
  return text;
}

function flowAll(body: AnswerBody): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  body.flow({
    chunk(bytes) {
      text += Buffer.from(bytes).toString();
      // A client that is slow now and then.
      body.pause();
      setImmediate(() => body.resume());
    },
    end: () => resolve(text),
    fail: reject,
  });
  return promise;
}

/** What came of one request; an error's message begins with `error`. */
async function ask(transport: Http1Transport, url: string, number: number, { client }: Step): Promise<string> {
  const cancelling = new Cancelling();
  const request = { method: "POST", url, headers: new HeaderList(), body: String(number), connectLimit: 0 };
  try {
    const sent = transport.send(request, cancelling);
    if (client === "abort early") setImmediate(() => cancelling.abort(new Error("left")));
    const { body } = await sent;
    if (client === "cancel") {
      body.cancel();
      return "cancelled";
    }
    if (client === "abort late") setImmediate(() => cancelling.abort(new Error("left")));
    return await (client === "flow" ? flowAll(body) : readAll(body));
  } catch (error) {
    return `error ${String(error)}`;
  }
}

test("whatever servers and clients do, each request comes to its end, with its whole answer or an error, and no connection is left", async () => {
  await assert(
    asyncProperty(array(step, { minLength: 1, maxLength: 24 }), async (steps) => {
      const server = await RawServer.start();
      const played = new Set<RawPeer>();
      const accept = setInterval(() => {
        for (const peer of server.peers) {
          if (played.has(peer)) continue;
          played.add(peer);
          void play(peer, steps).catch(() => {});
        }
      }, 1);
      const transport = new Http1Transport(systemClock);
      const outcomes: string[] = [];
      // Some at a time, so that the later ones meet what the earlier ones left behind.
      for (let from = 0; from < steps.length; from += 6) {
        const asked = steps.slice(from, from + 6).map((each, at) => ask(transport, server.origin, from + at, each));
        outcomes.push(...(await within("the answers", Promise.all(asked))));
      }
      for (const [number, outcome] of outcomes.entries()) {
        const { client, cut, answer, ending } = steps[number]!;
        const whole = outcome === BODY;
        expect(whole || outcome === "cancelled" || outcome.startsWith("error ")).toBe(true);
        // A server that resets the connection may take the answer's end with it.
        if ((client === "read" || client === "flow") && cut >= answer.length && ending !== "destroy")
          expect(whole).toBe(true);
        if (cut < answer.length && client !== "cancel") expect(whole).toBe(false);
      }
      transport.close();
      await until("no connection is left", () => server.peers.every(({ socket }) => socket.destroyed));
      clearInterval(accept);
      server.close();
    }),
    { numRuns: 40 },
  );
}, 60_000);
