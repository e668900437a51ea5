import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";

type OpenAIParams = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, "stream">;
type ClaudeParams = Omit<Anthropic.MessageCreateParamsNonStreaming, "stream">;

/** The two ways to ask, as rows of a table. */
export const WAYS: readonly (readonly [name: string, streamed: boolean])[] = [
  ["whole", false],
  ["streamed", true],
];

/** Asks by OpenAI's client, folding a stream with the client's own helper. */
export async function askOpenAI(
  client: OpenAI,
  params: OpenAIParams,
  streamed: boolean,
): Promise<OpenAI.ChatCompletion> {
  if (!streamed) return client.chat.completions.create(params);
  return client.chat.completions.stream({ ...params, stream_options: { include_usage: true } }).finalChatCompletion();
}

/** Asks by Anthropic's client, folding a stream with the client's own helper. */
export async function askClaude(
  client: Anthropic,
  params: ClaudeParams,
  streamed: boolean,
): Promise<Anthropic.Message> {
  return streamed ? client.messages.stream(params).finalMessage() : client.messages.create(params);
}

/** What an OpenAI answer calls, as name and parsed arguments. */
export function callsOf(answer: OpenAI.ChatCompletion): readonly { id: string; name: string; input: string }[] {
  const calls = answer.choices[0]?.message.tool_calls ?? [];
  return calls.flatMap((call) =>
    call.type === "function" ? [{ id: call.id, name: call.function.name, input: call.function.arguments }] : [],
  );
}

/** The text of a Claude answer. */
export function textOf(answer: Anthropic.Message): string {
  return answer.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
