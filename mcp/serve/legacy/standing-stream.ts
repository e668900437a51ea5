import type { Exchange } from "#src/core/exchange.ts";
import type { Json } from "#src/core/json.ts";
import type { McpNotification } from "#src/core/mcp/messages.ts";
import type { Caller, SubscriptionFilter } from "#src/core/mcp/server.ts";
import type { Follower } from "#src/sessions/follower.ts";
import { Listener } from "../listener.ts";
import { notificationText } from "../outgoing.ts";
import type { Slot } from "../slot.ts";
import { LISTS } from "../subscription-filter.ts";
import type { LegacyWorld } from "./deps.ts";
import { Feed } from "./feed.ts";
import { LegacyCall } from "./legacy-call.ts";
import { LogWriter } from "./log-writer.ts";
import type { LegacySession } from "./session.ts";

/** The name of the stream that a client holds open beside its requests, and that everything goes to in HTTP+SSE. */
export const STANDING = "g";

/** What a session keeps under its own name: the URIs it subscribes to. */
const SUBSCRIPTIONS = "subscriptions";

/** The most resources a session may subscribe to. */
const MOST_SUBSCRIPTIONS = 1000;

/** One client's standing stream on this replica. */
export interface StandingParts {
  readonly session: LegacySession;
  readonly caller: Caller;
  readonly exchange: Exchange;
  readonly follower: Follower;
  readonly slot: Slot;
}

/** Opens a stream that goes on from an event; its request is answered wherever it runs. */
export function openResumed({ session, exchange, follower }: StandingParts, world: LegacyWorld): Feed {
  const feed = new Feed({ exchange }, world);
  session.ended.addEventListener("abort", () => feed.answer.close(), { once: true });
  void feed.run(follower);
  return feed;
}

/** Opens a standing stream: the server's changes and questions go into the session's log, and what the log holds goes to the client. */
export function openStanding(parts: StandingParts, world: LegacyWorld, over?: () => void): Feed {
  const { session, exchange, follower } = parts;
  const ear = new StandingEar(parts, world);
  const ended = (): void => {
    ear.close();
    over?.();
  };
  const feed = new Feed({ exchange, over: ended }, world);
  session.ended.addEventListener("abort", () => feed.answer.close(), { once: true });
  void feed.run(follower);
  void ear.open();
  return feed;
}

/** What listens at the server while a standing stream is open. */
class StandingEar {
  readonly #parts: StandingParts;
  readonly #world: LegacyWorld;
  readonly #call: LegacyCall;
  readonly #writer: LogWriter;
  readonly #unhear: () => void;
  #listener: Listener | undefined;
  #closed = false;

  constructor(parts: StandingParts, world: LegacyWorld) {
    const { session, caller, exchange } = parts;
    this.#parts = parts;
    this.#world = world;
    this.#writer = new LogWriter(world.logs(session.id), STANDING, world.clock, () => {});
    const { asks, bus } = world;
    const outlet = { streams: true, message: (text: string): void => this.#writer.write(text, false) };
    const { headers } = exchange.request;
    this.#call = new LegacyCall({ client: session.client, caller, headers, session, outlet, asks });
    const unhear = bus.hear((message) => {
      if (message.type === "subscriptions" && message.session === session.id) void this.open();
    });
    const remove = world.ears.add(session.id, () => this.open());
    this.#unhear = () => {
      unhear();
      remove();
    };
  }

  /** Listens, or listens anew when what the session subscribes to has changed. */
  async open(): Promise<void> {
    const { session, slot } = this.#parts;
    const uris = await subscriptionsOf(session).catch(() => []);
    if (this.#closed) return;
    const filter: SubscriptionFilter = {
      ...Object.fromEntries(LISTS.map(({ field }) => [field, true])),
      ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }),
    };
    const tell = (notification: McpNotification): void => this.#writer.write(notificationText(notification), false);
    const listener = new Listener({ slot, filter, call: this.#call, passes: () => true, tell, end: () => {} });
    const before = this.#listener;
    this.#listener = listener;
    try {
      await listener.open();
      listener.begin();
    } catch (thrown) {
      this.#world.log.warn("An MCP client's stream is open, but its server does not tell of changes.", {
        reason: thrown instanceof Error ? thrown.message : String(thrown),
      });
    } finally {
      // Only now, since what changes in between must be heard by one of the two.
      before?.close();
    }
  }

  close(): void {
    this.#closed = true;
    this.#unhear();
    this.#listener?.close();
    this.#call.cancel();
  }
}

/** The resources that a session subscribes to. */
async function subscriptionsOf(session: LegacySession): Promise<readonly string[]> {
  const text = await session.get(SUBSCRIPTIONS);
  const uris = text === undefined ? [] : (JSON.parse(text) as Json);
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === "string") : [];
}

/** Adds a resource to what a session subscribes to, or takes it out; false when there are too many. */
export async function changeSubscription(session: LegacySession, uri: string, add: boolean): Promise<boolean> {
  const others = (await subscriptionsOf(session)).filter((one) => one !== uri);
  if (add && others.length >= MOST_SUBSCRIPTIONS) return false;
  await session.set(SUBSCRIPTIONS, JSON.stringify(add ? [...others, uri] : others));
  return true;
}
