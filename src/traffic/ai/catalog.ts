import type { Clock } from "../../core/clock.ts";
import type { Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Provider, UpstreamCall } from "../../core/provider.ts";
import type { ClientProtocol, ProtocolName } from "../../core/protocol.ts";
import { apiOf, protocolOf } from "../../protocols/api-paths.ts";
import type { CredentialPool } from "../credential-pool.ts";
import {
  anthropicList,
  anthropicModel,
  googleList,
  googleModel,
  type ModelInfo,
  openaiList,
  openaiModel,
  readModels,
} from "./model-list.ts";
import { withQuery } from "./family-send.ts";
import { UNCOMPRESSED } from "./upstream-body.ts";

/** One upstream of one AI route, as far as its models are concerned. */
export interface CatalogSource {
  readonly provider: Provider;
  readonly pool: CredentialPool;
  /** Names the configuration itself spells out. */
  readonly names: readonly string[];
  /** The name a client asks for to get the provider's model `id`; undefined when this route does not give access to it. */
  readonly nameOf: (id: string) => string | undefined;
  /** The provider's name for a model that is asked for. */
  readonly modelFor: (asked: string) => string;
  /** The most tokens of a conversation with one of the provider's models, where it is known. */
  readonly contextWindow: (id: string) => number | undefined;
}

/** What the catalog needs of the world. */
export interface CatalogDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
}

const NONE: ReadonlySet<string> = new Set();
const TIMEOUT = 5_000;
/** How long providers are waited for once one has told its models. */
const PATIENCE = 1_000;
const KEEP = 300_000;
const KEEP_FAILURE = 10_000;

/** What a provider told; undefined when it did not. */
type Listed = readonly ModelInfo[] | undefined;

interface Cached {
  readonly models: Promise<Listed>;
  until: number;
}

/** Answers `/v1/models` over all AI routes. Providers are asked side by side; one that does not answer is left out, of a list also one that is a second behind another. */
export class Catalog {
  readonly #sources: readonly CatalogSource[];
  readonly #deps: CatalogDeps;
  readonly #cache = new Map<Provider, Cached>();

  constructor(sources: readonly CatalogSource[], deps: CatalogDeps) {
    this.#sources = sources;
    this.#deps = deps;
  }

  async handle(exchange: Exchange): Promise<Response> {
    const { request, path, search } = exchange;
    if (request.method !== "GET" && request.method !== "HEAD") {
      throw new Fault("method_not_allowed", "Models are listed with GET.", { allow: ["GET", "HEAD"] });
    }
    const protocol = protocolOf(path, request.headers);
    exchange.record.protocol = protocol;
    const { model, list } = VIEWS[protocol] ?? OPENAI;
    const id = apiOf(path)?.id;
    const models = this.#named(await (id === undefined ? this.#patiently() : Promise.all(this.#lists())));
    return json(id === undefined ? list(models, new URLSearchParams(search)) : model(found(models, id)));
  }

  #lists(): Promise<Listed>[] {
    return this.#sources.map(({ provider, pool }) => this.#modelsOf(provider, pool));
  }

  /** The lists that come in time. One that comes later is kept for who asks next. */
  #patiently(): Promise<Listed[]> {
    const lists = this.#lists();
    const come: Listed[] = lists.map(() => undefined);
    return new Promise((resolve, reject) => {
      let stop: (() => void) | undefined;
      const told = lists.map(async (list, index) => {
        const models = await list;
        come[index] = models;
        if (models !== undefined) stop ??= this.#deps.clock.after(PATIENCE, () => resolve([...come]));
      });
      Promise.all(told)
        .then(() => resolve(come), reject)
        .finally(() => stop?.());
    });
  }

  /** Every model a client can ask for, once each, in the order of the routes. */
  #named(lists: readonly Listed[]): ModelInfo[] {
    const models = new Map<string, ModelInfo>();
    for (const [index, source] of this.#sources.entries()) {
      const add = (name: string, model: ModelInfo): void => {
        if (models.has(name)) return;
        const contextWindow = source.contextWindow(model.id);
        models.set(name, { ...model, id: name, ...(contextWindow === undefined ? {} : { contextWindow }) });
      };
      for (const name of source.names) add(name, { id: source.modelFor(name), ownedBy: source.provider.id });
      for (const model of lists[index] ?? []) {
        const name = source.nameOf(model.id);
        if (name !== undefined) add(name, model);
      }
    }
    return [...models.values()];
  }

  async #modelsOf(provider: Provider, pool: CredentialPool): Promise<Listed> {
    const now = this.#deps.clock.monotonic();
    const cached = this.#cache.get(provider);
    if (cached !== undefined && now < cached.until) return cached.models;
    const entry: Cached = { models: this.#ask(provider, pool), until: now + KEEP };
    this.#cache.set(provider, entry);
    const models = await entry.models;
    if (models === undefined) entry.until = now + KEEP_FAILURE;
    return models;
  }

  async #ask(provider: Provider, pool: CredentialPool): Promise<Listed> {
    const asked = listOf(provider);
    const lease = asked === undefined ? undefined : pool.lease(NONE);
    if (asked === undefined || lease === undefined) return undefined;
    const { call, url } = asked;
    const controller = new AbortController();
    const stop = this.#deps.clock.after(TIMEOUT, () => controller.abort());
    try {
      const headers = new Headers({ accept: "application/json", "accept-encoding": UNCOMPRESSED });
      await provider.authorize(headers, lease.credential, call);
      const init = { headers, signal: controller.signal };
      const response = await (provider.send?.(new Request(url, init)) ?? this.#deps.fetch(url, init));
      return response.ok ? readModels(await response.json(), provider.id) : undefined;
    } catch {
      return undefined;
    } finally {
      stop();
    }
  }
}

/** Protocols whose lists can be read. */
const READ: ReadonlySet<ProtocolName> = new Set(["openai-chat", "anthropic-messages", "gemini"]);

/** Where a provider lists its models: in the first of its own protocols whose list can be read, else as OpenAI does, else in any. */
function listOf(provider: Provider): { readonly call: UpstreamCall; readonly url: string } | undefined {
  const { protocols } = provider;
  for (const protocol of [...protocols.filter((one) => READ.has(one)), "openai-chat", ...protocols] as const) {
    const call: UpstreamCall = { api: "models", protocol, model: "", stream: false };
    const url = provider.url(call);
    if (url !== undefined) return { call, url: withQuery(url, WHOLE[protocol] ?? "") };
  }
  return undefined;
}

/** How one vendor's clients see models. */
interface View {
  readonly model: (model: ModelInfo) => JsonObject;
  readonly list: (models: readonly ModelInfo[], query: URLSearchParams) => JsonObject;
}

const OPENAI: View = { model: openaiModel, list: openaiList };
const VIEWS: Readonly<Partial<Record<ClientProtocol, View>>> = {
  "anthropic-messages": { model: anthropicModel, list: anthropicList },
  gemini: { model: googleModel, list: googleList },
};

/** How the longest list a vendor gives at once is asked for. */
const WHOLE: Readonly<Partial<Record<ProtocolName, string>>> = {
  "anthropic-messages": "?limit=1000",
  gemini: "?pageSize=1000",
};

function found(models: readonly ModelInfo[], id: string): ModelInfo {
  const model = models.find((candidate) => candidate.id === id);
  if (model === undefined) {
    throw new Fault("model_not_found", `There is no model '${id}'. GET /v1/models lists those there are.`, {
      param: "model",
    });
  }
  return model;
}

function json(body: JsonObject | Json): Response {
  return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
}
