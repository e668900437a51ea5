import type { JsonObject } from "#src/core/json.ts";
import type { FakeUpstream } from "./fake-upstream.ts";

/** A kind of provider as a row of a test's table: its type, and where the fake upstream plays it. */
export interface Kind {
  readonly type: string;
  /** Appended to the fake's origin; the first segment is the flavour it answers in. */
  readonly base: string;
  /** Whether Claude's protocol is its own, so that thinking keeps its signature. */
  readonly claudeNative: boolean;
}

/** Every kind of provider that the fake can play. */
export const KINDS: readonly Kind[] = [
  { type: "openai", base: "/openai/v1", claudeNative: false },
  { type: "claude", base: "/claude", claudeNative: true },
  { type: "deepseek", base: "/deepseek/v1", claudeNative: true },
  { type: "openrouter", base: "/openrouter/api/v1", claudeNative: true },
  { type: "ollama", base: "/ollama/v1", claudeNative: false },
  { type: "vllm", base: "/vllm/v1", claudeNative: false },
  { type: "generic", base: "/generic/v1", claudeNative: true },
];

/** The two kinds whose protocols are the ends of every conversion. */
export const BOTH: readonly Kind[] = KINDS.filter(({ type }) => type === "openai" || type === "claude");

/** The secret a provider of the stage is given. */
export function secretOf(id: string): string {
  return `sk-secret-of-${id}-0123456789`;
}

/** A provider entry for a kind, at the fake. */
export function providerOf(kind: Kind, upstream: FakeUpstream, more: JsonObject = {}): JsonObject {
  return {
    id: kind.type,
    type: kind.type,
    apiTokens: [secretOf(kind.type)],
    baseUrl: upstream.origin + kind.base,
    ...more,
  };
}

/** A route for the models `KIND/…` to that kind's provider, which is asked for `fake-large`. */
export function routeOf(kind: Kind, more: JsonObject = {}): JsonObject {
  return {
    name: kind.type,
    match: { models: [`${kind.type}/*`] },
    ai: { upstreams: [{ provider: kind.type, model: "fake-large" }] },
    ...more,
  };
}
