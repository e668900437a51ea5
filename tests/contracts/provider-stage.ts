import { configSchema } from "#config/model.ts";
import { checkValue } from "#config/issues.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { ProviderDefinition, ProviderSettings } from "#src/core/provider.ts";
import { createGateway } from "#src/gateway.ts";
import { registry } from "#src/registry.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

/** A request as the provider got it. */
export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A gateway in this process, in front of one provider whose network is a function. */
export interface ProviderStage {
  readonly asked: Asked[];
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

/** The secrets the provider has: one that looks like a secret, and one that only those know who were given it. */
export const SECRETS = ["sk-first-0123456789abcdef", "plain.second.key.of.no.known.kind"] as const;

const QUIET = { info() {}, warn() {}, error() {} };

/** Sets a stage. `answer` plays the provider. */
export async function openProviderStage(
  definition: ProviderDefinition,
  { options = {}, baseUrl }: Partial<ProviderSettings>,
  answer: (asked: Asked) => Response,
): Promise<ProviderStage> {
  const entry = { id: "mine", type: definition.type, apiTokens: [...SECRETS], ...options };
  const checked = checkValue(configSchema([definition]), {
    providers: [baseUrl === undefined ? entry : { ...entry, baseUrl }],
    routes: [{ name: "all", ai: { upstreams: [{ provider: "mine" }] } }],
  } satisfies JsonObject | object);
  if (!("data" in checked)) throw new Error(checked.problems.map(({ message }) => message).join("; "));
  const asked: Asked[] = [];
  const gateway = createGateway({
    registry: { ...registry, providers: [definition] },
    clock: new FakeClock(),
    async fetch(url, init) {
      const request = new Request(url, init);
      const one = { url, method: request.method, headers: request.headers, body: await request.text() };
      asked.push(one);
      return answer(one);
    },
    decodesBodies: false,
    connectWebSocket: () => {
      throw new Error("There are no WebSockets here.");
    },
    observers: [],
    log: QUIET,
  });
  await gateway.apply(checked.data);
  return {
    asked,
    ask: async (path, init) => gateway.fetch(new Request(`http://gateway.test${path}`, init), { secure: false }),
    close: () => gateway.close(),
  };
}
