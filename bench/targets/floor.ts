/**
 * What is left when Sluice's own logic is taken out: Hono, Sluice's transport and client streams, JSON read on both sides, one log line a
 * request, and nothing else. `bun floor.ts UPSTREAM` prints where it listens.
 */
import { Hono } from "hono";
import type { ClientStream } from "#src/core/client-stream.ts";
import { systemClock } from "#src/core/clock.ts";
import { HeaderList } from "#src/core/header-list.ts";
import type { UpstreamAnswer } from "#src/core/upstream.ts";
import { LineWriter } from "#src/observe/line-writer.ts";
import { openBunStream } from "#src/serve/bun-stream.ts";
import { Http1Transport } from "#src/serve/http1/transport.ts";
import { AttemptSignal } from "#src/traffic/ai/attempt-signal.ts";
import { wholeAtOnce, wholeOf } from "#src/traffic/ai/upstream-body.ts";
import { DeadlineWatch } from "#src/traffic/deadline-watch.ts";

const upstream = process.argv[2] ?? "";
const transport = new Http1Transport(systemClock);
const deadlines = new DeadlineWatch(systemClock);
const log = new LineWriter({ clock: systemClock, sink: (text, done) => void process.stdout.write(text, done) });
const decoder = new TextDecoder();

async function forward(request: Request): Promise<Response> {
  const text = decoder.decode(await request.arrayBuffer());
  const { model } = JSON.parse(text) as { model: string };
  const headers = new HeaderList();
  headers.append("content-type", "application/json");
  headers.append("authorization", "Bearer upstream");
  const attempt = new AttemptSignal(request.signal, deadlines, "bench");
  const url = upstream + new URL(request.url).pathname;
  const answer = await transport.send({ method: "POST", url, headers, body: text, connectLimit: 10_000 }, attempt);
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) return streamed(answer, attempt, model);
  const whole = wholeAtOnce(answer.body) ?? (await wholeOf(answer.body, 1e8, "bench"));
  const { usage } = JSON.parse(whole.text) as { usage: object };
  attempt.release();
  log.write(JSON.stringify({ model, usage, status: answer.status }));
  return new Response(whole.text, { headers: { "content-type": type } });
}

function streamed({ body, headers, status }: UpstreamAnswer, attempt: AttemptSignal, model: string): Response {
  const done = (client: ClientStream): void => {
    attempt.release();
    log.write(JSON.stringify({ model, status }));
    client.close();
  };
  const stream = openBunStream({
    begin: (client) =>
      body.flow({ chunk: (bytes) => void client.write(bytes), end: () => done(client), fail: () => done(client) }),
    drained() {},
    left: () => body.cancel(),
  });
  return new Response(stream, { headers: { "content-type": headers.get("content-type") ?? "" } });
}

const app = new Hono();
app.post("/v1/*", (context) => forward(context.req.raw));
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: app.fetch });

console.log(`listening on http://127.0.0.1:${server.port}`);
