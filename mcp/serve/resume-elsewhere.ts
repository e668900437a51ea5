import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Clock } from "#src/core/clock.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { SessionLog } from "#src/sessions/event-log.ts";
import type { Inboxes } from "#src/sessions/inbox.ts";
import type { CallReply } from "./call-reply.ts";
import { mcpErrorOf } from "./outgoing.ts";

/**
 * A call that waits for its client's input is held by one replica, and the input may come to another: that one puts it into the holder's
 * inbox, and hands on to the client what the holder writes into a log for it.
 */

/** What goes to the replica that holds a call. */
export interface ResumeMessage {
  readonly call: string;
  readonly subject: string;
  /** The log that the answer is to be written to. */
  readonly relay: string;
  /** Left out: the client has gone, so the call is over. */
  readonly responses?: JsonObject;
}

/** What both sides work with. */
export interface RelayWorld {
  readonly clock: Clock;
  readonly inboxes: Inboxes;
  readonly logs: (id: string) => SessionLog;
}

const STREAM = "out";
const PAGE = 32;

/** Milliseconds within which the holder says that it has the call; one that does not is gone. */
const ACKNOWLEDGED = 5000;

/** The first entry of a log: the holder has the call. */
const HELD = "held";

/** The holder's side: writes the answer where the other replica reads it. */
export class RelayedReply implements CallReply {
  readonly #log: SessionLog;
  /** One after the other: the order is the stream's. */
  #written: Promise<unknown>;

  constructor(world: RelayWorld, relay: string) {
    this.#log = world.logs(logId(relay));
    this.#written = this.#log.append(STREAM, [HELD]).catch(() => {});
  }

  /** The other replica says so, by its inbox. */
  onLeft(): void {}

  message(text: string): void {
    this.#write({ message: text }, false);
  }

  result(result: JsonObject): void {
    this.#write({ result }, true);
  }

  failed(thrown: unknown): void {
    const { code, message, data } = mcpErrorOf(thrown);
    this.#write({ error: { code, message, ...(data === undefined ? {} : { data }) } }, true);
  }

  #write(entry: JsonObject, last: boolean): void {
    // A store that is away loses the answer; the other replica tells its client then.
    this.#written = this.#written.then(() => this.#log.append(STREAM, [JSON.stringify(entry)], last)).catch(() => {});
  }
}

/** The client's side: has the call go on where it is held, and hands its answer on. */
export async function resumeElsewhere(
  holder: string,
  resumed: Omit<ResumeMessage, "relay">,
  reply: CallReply,
  world: RelayWorld,
): Promise<void> {
  const relay = crypto.randomUUID();
  const log = world.logs(logId(relay));
  const follower = await log.follow(`${STREAM}.`);
  if (follower === undefined) return reply.failed(gone());
  const say = (message: ResumeMessage): Promise<void> => world.inboxes.send(holder, JSON.stringify(message));
  reply.onLeft(() => {
    void follower.close();
    say({ call: resumed.call, subject: resumed.subject, relay }).catch(() => {});
  });
  const stop = world.clock.after(ACKNOWLEDGED, () => void follower.close());
  try {
    await say({ ...resumed, relay });
    for (;;) {
      const followed = await follower.next(PAGE);
      if (followed.kind !== "events") return reply.failed(gone());
      stop();
      for (const { message } of followed.events) if (handOn(message, reply)) return;
    }
  } finally {
    stop();
    await follower.close();
    await log.remove([STREAM]).catch(() => {});
  }
}

/** What an inbox holds; undefined for what another version may have put there. */
export function resumeMessage(text: string): ResumeMessage | undefined {
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) return undefined;
  const { call, subject, relay, responses } = value;
  if (typeof call !== "string" || typeof subject !== "string" || typeof relay !== "string") return undefined;
  return { call, subject, relay, ...(isObject(responses) ? { responses } : {}) };
}

/** The call is not to be found, or its replica is not. */
export function gone(): McpError {
  return new McpError(
    ERROR_CODES.invalidParams,
    "The call that asked for this input is over: send the request again without 'requestState'.",
  );
}

/** True when that was the answer's end. */
function handOn(text: string, reply: CallReply): boolean {
  if (text === HELD) return false;
  const entry = JSON.parse(text) as Json;
  if (!isObject(entry)) return false;
  const { message, result, error } = entry;
  if (typeof message === "string") reply.message(message);
  if (isObject(result)) reply.result(result);
  if (isObject(error)) reply.failed(errorOf(error));
  return isObject(result) || isObject(error);
}

function errorOf({ code, message, data }: JsonObject): McpError {
  const known = typeof code === "number" ? code : ERROR_CODES.internalError;
  return new McpError(known, typeof message === "string" ? message : "The call failed.", data);
}

function logId(relay: string): string {
  return `relay:${relay}`;
}
