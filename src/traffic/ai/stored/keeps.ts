import { protocolsOf } from "../outgoing.ts";
import type { Target } from "../target.ts";

/** Whether a provider keeps the answers of OpenAI's Responses itself: it speaks the protocol, and can be asked for an answer by its id. */
export function keepsAnswers({ provider }: Target, model: string): boolean {
  return (
    protocolsOf(provider, model).includes("openai-responses") &&
    provider.url({ api: "responses", protocol: "openai-responses", model, stream: false, rest: "/id" }) !== undefined
  );
}

/** Whether a provider keeps conversations itself, and can go on from one with a model; without a model, with any. */
export function keepsConversations({ provider }: Target, model?: string): boolean {
  const call = { api: "conversations", protocol: "openai-responses", model: "", stream: false } as const;
  const spoken = model === undefined ? provider.protocols : protocolsOf(provider, model);
  return spoken.includes("openai-responses") && provider.url(call) !== undefined;
}
