import type { Clock } from "#src/core/clock.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { McpSessionEnd } from "#src/core/mcp/host.ts";
import type { Caller, McpClient } from "#src/core/mcp/server.ts";
import { isLegacy } from "#src/core/mcp/versions.ts";
import type { Store } from "#src/core/store.ts";
import type { KeyRing, SealContext } from "#src/sessions/key-ring.ts";
import { KnownSessions } from "./known-sessions.ts";
import { clientJson, LegacySession } from "./session.ts";

/** How long sessions live, in milliseconds. */
export interface SessionLife {
  /** Without a request. */
  readonly idle: number;
  /** In all. */
  readonly most: number;
}

const PURPOSE = "mcp-session";

/** A session that was seen alive this short a time ago is not looked up again, in milliseconds. */
const TRUSTED = 2000;

/** How many sessions are remembered here; those beyond are opened from their ids again. */
const REMEMBERED = 20_000;

/** How often those are looked for that were idle for too long, in milliseconds. */
const LAPSE_CHECK = 60_000;

/** What sessions are made with. */
export interface SessionsWorld {
  readonly store: Store;
  readonly keys: KeyRing;
  readonly clock: Clock;
  /** Told of each session once, by the replica where it began. */
  readonly sessionEnded: (end: McpSessionEnd) => void;
}

/**
 * The sessions of one server's clients. What a session is is sealed in its id, so that every replica knows it; that it still lives stands
 * in the store.
 */
export class LegacySessions {
  readonly #world: SessionsWorld;
  readonly #life: SessionLife;
  readonly #place: string;
  readonly #known = new KnownSessions(REMEMBERED);
  #cancelCheck: (() => void) | undefined;

  /** `place` names the server: a session of one is none of another. */
  constructor(place: string, world: SessionsWorld, life: SessionLife) {
    this.#place = place;
    this.#world = world;
    this.#life = life;
  }

  /** Begins a session; a client of the HTTP+SSE transport is told of later, by `introduce`. */
  async create({ subject }: Caller, client?: McpClient): Promise<LegacySession> {
    const { store, keys, clock } = this.#world;
    const id = crypto.randomUUID();
    const sealed: JsonObject = { id, ...(client === undefined ? {} : { client: clientJson(client) }) };
    const token = await keys.seal(sealed, this.#context(subject), clock.now() + this.#life.most);
    await store.set(aliveKey(id), "1", this.#life.idle);
    return this.#remember({ id, token, subject, ...(client === undefined ? {} : { client }) });
  }

  /** Its end will be told. */
  begun(session: LegacySession): void {
    session.begunAt = this.#world.clock.monotonic();
    session.checkedAt = Math.max(session.begunAt, 1);
    this.#checkLater();
  }

  /** How many began here and are not over. */
  get open(): number {
    return [...this.#known].filter(({ begunAt }) => begunAt !== undefined).length;
  }

  /** The session of an id that a client shows; undefined when it is over, forged or somebody else's. */
  async find(token: string, { subject }: Caller): Promise<LegacySession | undefined> {
    const known = this.#known.find(token);
    const session = known?.subject === subject ? known : await this.#open(token, subject);
    if (session === undefined || session.ended.aborted) return undefined;
    if (!session.introduced) await restoreClient(session);
    return (await this.#alive(session)) ? session : undefined;
  }

  /** What the client of a session without a sealed one says of itself. */
  async introduce(session: LegacySession, client: McpClient): Promise<void> {
    session.client = client;
    session.introduced = true;
    await session.set("client", JSON.stringify(clientJson(client)));
  }

  /** Ends a session for every replica that asks from now on. */
  async end(session: LegacySession): Promise<void> {
    this.forget(session.id);
    session.end();
    await this.#world.store.delete(aliveKey(session.id));
  }

  /** Another replica has ended it. */
  forget(id: string): void {
    const session = this.#known.take(id);
    if (session === undefined) return;
    session.end();
    this.#over(session);
  }

  close(): void {
    this.#cancelCheck?.();
    for (const session of this.#known) session.end();
    this.#known.clear();
  }

  #context(subject: string): SealContext {
    return { purpose: `${PURPOSE}:${this.#place}`, subject };
  }

  async #open(token: string, subject: string): Promise<LegacySession | undefined> {
    const sealed = (await this.#world.keys.open(token, this.#context(subject))) ?? null;
    if (!isObject(sealed) || typeof sealed["id"] !== "string") return undefined;
    const { id } = sealed;
    const client = clientOf(sealed["client"] ?? null);
    // It may have come twice at a time.
    const known = this.#known.find(token);
    if (known !== undefined) return known;
    return this.#remember({ id, token, subject, ...(client === undefined ? {} : { client }) });
  }

  async #alive(session: LegacySession): Promise<boolean> {
    const now = this.#world.clock.monotonic();
    if (session.checkedAt > 0 && now - session.checkedAt < TRUSTED) return true;
    if (!(await this.#world.store.touch(aliveKey(session.id), this.#life.idle))) {
      this.forget(session.id);
      return false;
    }
    session.checkedAt = Math.max(now, 1);
    return true;
  }

  #remember(parts: ConstructorParameters<typeof LegacySession>[0]): LegacySession {
    const session = new LegacySession(parts, this.#world.store, this.#life.most);
    this.#known.add(session);
    return session;
  }

  #over(session: LegacySession): void {
    const { clock, sessionEnded } = this.#world;
    if (session.begunAt === undefined) return;
    const seconds = (clock.monotonic() - session.begunAt) / 1000;
    session.begunAt = undefined;
    sessionEnded({ server: this.#place, version: session.client.version, seconds });
  }

  #checkLater(): void {
    this.#cancelCheck ??= this.#world.clock.after(Math.min(this.#life.idle, LAPSE_CHECK), () => {
      this.#cancelCheck = undefined;
      // While the store is away nobody knows who is over.
      void this.#checkLapsed().catch(() => {});
      if (this.open > 0) this.#checkLater();
    });
  }

  /** Sessions that are idle for too long end without a word. */
  async #checkLapsed(): Promise<void> {
    const { store, clock } = this.#world;
    const now = clock.monotonic();
    for (const session of this.#known) {
      if (session.begunAt === undefined || now - session.checkedAt < this.#life.idle) continue;
      if ((await store.get(aliveKey(session.id))) === undefined) this.#over(session);
      // Another replica has met its client.
      else session.checkedAt = now;
    }
  }
}

async function restoreClient(session: LegacySession): Promise<void> {
  const text = await session.get("client");
  const client = text === undefined ? undefined : clientOf(JSON.parse(text) as Json);
  if (client === undefined) return;
  session.client = client;
  session.introduced = true;
}

function clientOf(value: Json): McpClient | undefined {
  if (!isObject(value)) return undefined;
  const { version, capabilities, info } = value;
  if (typeof version !== "string" || !isLegacy(version) || !isObject(capabilities)) return undefined;
  return { version, capabilities, ...(isObject(info) ? { info } : {}) };
}

function aliveKey(id: string): string {
  return `mcp:{${id}}:alive`;
}
