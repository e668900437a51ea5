/**
 * The load client, its own process: `bun bench/load.ts JOB`, JOB a JSON {@link Job}. Raw TCP, answers are counted, not parsed. Prints one
 * line of JSON; jobs of idle and flood streams print it when every stream is up and hold them until stdin ends.
 */
import { connect } from "node:net";
import type { Socket } from "bun";
import { bodyOf, type Kind, pathOf, type Wire } from "./scenario.ts";

/** What to send where. */
export interface Job {
  readonly url: string;
  /** What stands before the model's name. */
  readonly prefix?: string;
  readonly wire: Wire;
  readonly kind: Kind;
  readonly connections: number;
  /** Requests in all; JSON only, streams are one a connection. */
  readonly requests: number;
  /** Request headers beyond the wire's own. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What was seen. `wall` and `p50` in milliseconds. */
export interface Outcome {
  readonly done: number;
  readonly failed: number;
  readonly bytes: number;
  readonly wall: number;
  readonly p50: number;
}

interface Client {
  tail: string;
  length: number;
  received: number;
  startedAt: number;
  status: boolean;
}

const job = JSON.parse(process.argv[2] ?? "{}") as Job;
const target = new URL(job.url);
const request = Buffer.from(requestText());
const latencies: number[] = [];
const count = { started: 0, done: 0, failed: 0, bytes: 0 };
const goal = job.kind === "json" ? job.requests : job.connections;
const finished = Promise.withResolvers<void>();
const begin = performance.now();

function requestText(): string {
  const model = `${job.prefix ?? ""}bench-${job.kind}`;
  const stream = job.kind !== "json";
  const body = JSON.stringify(bodyOf(job.wire, model, stream));
  const key =
    job.wire === "claude" ? "x-api-key: bench\r\nanthropic-version: 2023-06-01" : "Authorization: Bearer bench";
  const extra = Object.entries(job.headers ?? {})
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  return (
    `POST ${pathOf(job.wire, model, stream)} HTTP/1.1\r\nHost: ${target.host}\r\n${key}\r\n${extra}` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

function settle(ok: boolean): void {
  if (ok) count.done += 1;
  else count.failed += 1;
  if (count.done + count.failed === goal) finished.resolve();
}

function next(peer: Socket<Client>): void {
  if (count.started >= goal) {
    peer.end();
    return;
  }
  count.started += 1;
  peer.data = { tail: "", length: -1, received: 0, startedAt: performance.now(), status: false };
  peer.write(request);
}

/** Whether the answer is complete: by its Content-Length, or by the last chunk. */
function complete(client: Client, bytes: Uint8Array): boolean {
  if (!client.status) {
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString("latin1");
    client.status = true;
    if (!head.startsWith("HTTP/1.1 200")) {
      console.error(head.slice(0, 400));
      count.failed += 1;
      count.done -= 1;
    }
    const length = /content-length: (\d+)/i.exec(head);
    if (length !== null) client.length = head.indexOf("\r\n\r\n") + 4 + Number(length[1]);
  }
  client.received += bytes.length;
  if (client.length >= 0) return client.received >= client.length;
  client.tail = (client.tail + Buffer.from(bytes.subarray(-5)).toString("latin1")).slice(-5);
  return client.tail === "0\r\n\r\n";
}

async function open(): Promise<void> {
  await Bun.connect<Client>({
    hostname: target.hostname,
    port: Number(target.port),
    socket: {
      open: next,
      data(peer, bytes) {
        count.bytes += bytes.length;
        const first = !peer.data.status;
        const over = complete(peer.data, bytes);
        if (job.kind === "idle") {
          if (first) settle(true);
          return;
        }
        if (!over) return;
        latencies.push(performance.now() - peer.data.startedAt);
        settle(true);
        next(peer);
      },
      close() {},
      error() {},
      connectError() {
        settle(false);
      },
    },
  });
}

/** Reads a little of a flood and then nothing, with a plain paused socket. */
function openSlow(): void {
  const socket = connect({ host: target.hostname, port: Number(target.port) });
  socket.once("data", (bytes) => {
    socket.pause();
    count.bytes += bytes.length;
    settle(true);
  });
  socket.on("error", () => {});
  socket.write(request);
}

function report(): void {
  latencies.sort((a, b) => a - b);
  const outcome: Outcome = {
    done: count.done,
    failed: count.failed,
    bytes: count.bytes,
    wall: performance.now() - begin,
    p50: latencies[latencies.length >> 1] ?? 0,
  };
  console.log(JSON.stringify(outcome));
}

async function openAll(): Promise<void> {
  // Streams start spread over one interval, so that their events do not come in one burst.
  const gap = job.kind === "paced" ? 4 : 1;
  for (let index = 0; index < job.connections; index += 1) {
    if (job.kind === "flood") openSlow();
    else await open();
    if (job.kind === "paced" && index % gap === gap - 1) await Bun.sleep(1);
  }
}

await openAll();
await finished.promise;
report();
if (job.kind === "idle" || job.kind === "flood") for await (const _ of process.stdin) break;
process.exit(0);
