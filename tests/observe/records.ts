import type { AccessRecord } from "#src/core/exchange.ts";

/** A streamed request that went well, but for what is said otherwise. */
export function record(changes: Partial<AccessRecord> = {}): AccessRecord {
  return {
    id: "req_1",
    time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    startedAt: 1000,
    method: "POST",
    host: "api.example.com",
    path: "/v1/chat/completions",
    route: "chat",
    consumer: "alice",
    protocol: "openai-chat",
    upstreamProtocol: "anthropic-messages",
    provider: "claude",
    modelAsked: "gpt-4o",
    modelUsed: "claude-sonnet-4-5",
    stream: true,
    status: 200,
    requestBytes: 812,
    responseBytes: 2048,
    headersAt: 1050.25,
    firstTokenAt: 1060,
    endedAt: 2060.123456,
    usage: { inputTokens: 100, outputTokens: 51, cachedInputTokens: 10, cacheWriteTokens: 5, reasoningTokens: 7 },
    finish: { unified: "stop", raw: "end_turn" },
    losses: [],
    attempts: [
      { upstream: "claude", credential: "claude#1", model: "claude-sonnet-4-5", status: 200, duration: 50.3333 },
    ],
    ...changes,
  };
}
