import type { Connection, Exchange } from "#src/core/exchange.ts";
import type { Provider, UpstreamCall } from "#src/core/provider.ts";
import type { Store } from "#src/core/store.ts";
import type { FamilyDeps } from "#src/traffic/ai/family.ts";
import { type AiOptions, createAiHandler } from "#src/traffic/ai/handler.ts";
import { openWebStream } from "#src/core/client-stream.ts";
import { FetchTransport } from "#src/traffic/fetch-transport.ts";
import { Reach } from "#src/traffic/ai/reach.ts";
import { StoredAnswers } from "#src/traffic/ai/stored/stored-answers.ts";
import { StoredConversations } from "#src/traffic/ai/stored/stored-conversations.ts";
import type { Target } from "#src/traffic/ai/target.ts";
import { CredentialPool } from "#src/traffic/credential-pool.ts";
import { DeadlineWatch } from "#src/traffic/deadline-watch.ts";
import { CredentialHealth } from "#src/traffic/health.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

/** A request as the stubbed network saw it. */
export interface Seen {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What a stage is made of. */
export interface StageOptions {
  readonly providers?: readonly (Partial<Provider> & { readonly id: string })[];
  readonly tokens?: readonly string[];
  readonly options?: Partial<AiOptions>;
  readonly deps?: Partial<FamilyDeps>;
  readonly store?: Store;
  /** What the network answers. */
  readonly answer?: (seen: Seen) => Response | Promise<Response>;
}

function providerOf(given: Partial<Provider> & { readonly id: string }): Provider {
  return {
    type: "fake",
    protocols: ["openai-chat"],
    keyless: false,
    dialect: () => ({}),
    url: ({ api, rest = "", action }: UpstreamCall) =>
      `https://${given.id}.test/${api}${rest}${action === undefined ? "" : `:${action}`}`,
    forwardHeaders: () => [],
    authorize: (headers, credential) => headers.set("authorization", `Bearer ${credential?.secret ?? ""}`),
    classify: (status) => (status === 401 || status === 429 ? "credential" : status >= 500 ? "upstream" : "request"),
    limits: () => ({}),
    ...given,
  };
}

/** The handler, what the network saw, and the requests that are over. */
export interface FamilyStage {
  readonly seen: Seen[];
  readonly ended: Exchange[];
  readonly targets: readonly Target[];
  ask(
    path: string,
    init?: RequestInit,
    more?: { readonly consumer?: string; readonly connection?: Partial<Connection> },
  ): Promise<{ exchange: Exchange; response: Response }>;
}

/** The handler over a network that answers as it is told. */
export function setUp({
  providers = [{ id: "p" }],
  tokens = ["secret-token-1"],
  options = {},
  deps = {},
  store = createMemoryStore(),
  answer = () => Response.json({ ok: true }),
}: StageOptions = {}): FamilyStage {
  const clock = new FakeClock();
  const health = new CredentialHealth({ clock });
  const seen: Seen[] = [];
  const targets = providers.map((given): Target => {
    const provider = providerOf(given);
    const pool = new CredentialPool({
      provider: provider.id,
      apiTokens: tokens,
      keyless: false,
      health,
      clock,
      random: () => 0,
    });
    return {
      provider,
      pool,
      credentials: { tries: 3, rest: true },
      modelFor: (asked) => (asked.startsWith("my-") ? asked.slice(3) : asked),
      weight: 1,
      timeouts: { connect: 0, firstByte: 0, idle: 0, total: 0 },
      converts: true,
    };
  });
  const limits = { ttl: 3_600_000, maxSize: 10_000 };
  const reach = new Reach(clock, undefined);
  const network = async (url: string, init: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    const one = { url, method: request.method, headers: request.headers, body: await request.text() };
    seen.push(one);
    return answer(one);
  };
  const handle = createAiHandler(
    {
      strict: false,
      fallbackOn: () => true,
      plan: () => targets,
      targets,
      maxBodyBytes: 1e6,
      responseModel: "upstream",
      ...options,
    },
    {
      clock,
      reach,
      deadlines: new DeadlineWatch(clock),
      store,
      answers: new StoredAnswers(store, limits),
      conversations: new StoredConversations(store, limits),
      fetch: network,
      transport: new FetchTransport(network, reach),
      openStream: openWebStream,
      ...deps,
    },
  );
  const ended: Exchange[] = [];
  return {
    seen,
    ended,
    targets,
    async ask(path, init = {}, more = {}) {
      const request = new Request(`http://gateway${path}`, init);
      const watcher = { held() {}, over: (over: Exchange) => void ended.push(over) };
      const exchange = new LiveExchange(request, { secure: false, ...more.connection }, clock, watcher);
      if (more.consumer !== undefined) exchange.record.consumer = more.consumer;
      const response = await handle(exchange);
      if (exchange.held) exchange.returned();
      return { exchange, response };
    },
  };
}

/** A POST of JSON. */
export function json(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** What a promise is rejected with. */
export async function faultOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    await asked;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("It was not refused.");
}
