import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { JsonObject } from "#src/core/json.ts";
import { FakeUpstream } from "./fake-upstream.ts";
import { type Gateway, type GatewayOptions, startGateway } from "./gateway.ts";
import { KINDS, providerOf, routeOf } from "./kinds.ts";

/** A gateway in front of a fake provider, and the official clients in front of the gateway. */
export interface Stage {
  readonly upstream: FakeUpstream;
  readonly gateway: Gateway;
  readonly openai: OpenAI;
  readonly claude: Anthropic;
  /** POSTs a value as JSON, or text as it is, with the headers a client of the path's protocol sends. */
  post(path: string, body: JsonObject | string, options?: PostOptions): Promise<Response>;
  close(): Promise<void>;
}

/** What {@link Stage.post} takes beside the body. */
export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The configuration of a stage, once the fake's address is known. */
export type StageConfig = (upstream: FakeUpstream) => JsonObject;

/** One provider and one route for each kind: the model `KIND/anything` goes to the kind. */
export const everyKind: StageConfig = (upstream) => ({
  providers: KINDS.map((kind) => providerOf(kind, upstream)),
  routes: KINDS.map((kind) => routeOf(kind)),
});

/** Sets a stage. Clients do not retry, so that a failure is seen as it is. */
export async function openStage(
  config: StageConfig = everyKind,
  options: Omit<GatewayOptions, "config"> = {},
): Promise<Stage> {
  const upstream = await FakeUpstream.start();
  try {
    const gateway = await startGateway({ ...options, config: { admin: { port: 0 }, ...config(upstream) } });
    return stageOf(upstream, gateway);
  } catch (problem) {
    await upstream.close();
    throw problem;
  }
}

/** The clients' side of a running gateway. */
export function stageOf(upstream: FakeUpstream, gateway: Gateway, key = "client-key"): Stage {
  const post: Stage["post"] = (path, body, { headers = {}, signal } = {}) =>
    fetch(gateway.origin + path, {
      method: "POST",
      headers: { ...protocolHeaders(path, key), ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    upstream,
    gateway,
    openai: openaiClient(gateway, key),
    claude: claudeClient(gateway, key),
    post,
    async close() {
      await gateway.stop();
      await upstream.close();
    },
  };
}

/** OpenAI's client, pointed at the gateway. */
export function openaiClient(gateway: Gateway, key: string): OpenAI {
  return new OpenAI({ apiKey: key, baseURL: `${gateway.origin}/v1`, maxRetries: 0 });
}

/** Anthropic's client, pointed at the gateway. */
export function claudeClient(gateway: Gateway, key: string): Anthropic {
  return new Anthropic({ apiKey: key, baseURL: gateway.origin, maxRetries: 0 });
}

function protocolHeaders(path: string, key: string): Record<string, string> {
  const base = { "content-type": "application/json" };
  if (!path.startsWith("/v1/messages")) return { ...base, authorization: `Bearer ${key}` };
  return { ...base, "x-api-key": key, "anthropic-version": "2023-06-01" };
}

/** A thrown error, where one is expected. */
export async function thrownBy(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("the call succeeded");
}
