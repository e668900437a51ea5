import type { ChatResponse, ContentPart, FinishReason, Usage } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { ClientProtocol } from "#src/core/protocol.ts";
import { readSeal } from "#src/protocols/seal.ts";
import { type AnswerProbe, bare, type Group } from "./probe.ts";

const STOP: FinishReason = { unified: "stop", raw: "" };
const TEXT: ContentPart = { type: "text", text: "Yes." };

function parts({ choices }: ChatResponse, type: ContentPart["type"]): ContentPart[] {
  return (choices[0]?.content ?? []).filter((part) => part.type === type);
}

function content(
  feature: string,
  part: ContentPart | ((protocol: ClientProtocol) => ContentPart),
  see?: AnswerProbe["see"],
): AnswerProbe {
  const partOf = (protocol: ClientProtocol): ContentPart => (typeof part === "function" ? part(protocol) : part);
  const { type } = partOf("gemini");
  const finish: FinishReason = type === "tool-call" ? { unified: "tool-calls", raw: "" } : STOP;
  return {
    feature,
    answer: (protocol) => ({ choices: [{ content: [partOf(protocol)], finish }] }),
    see: see ?? ((answer) => parts(answer, type).map(bare)),
  };
}

/** A cited page in each vendor's own words. */
const CITED: Readonly<Record<ClientProtocol, JsonObject>> = {
  "openai-chat": {
    type: "url_citation",
    url_citation: { start_index: 0, end_index: 4, title: "A", url: "https://example.com/a" },
  },
  "openai-responses": { type: "url_citation", start_index: 0, end_index: 4, title: "A", url: "https://example.com/a" },
  "anthropic-messages": {
    type: "web_search_result_location",
    url: "https://example.com/a",
    title: "A",
    cited_text: "Yes.",
    encrypted_index: "x",
  },
  gemini: {
    groundingMetadata: {
      groundingChunks: [{ web: { uri: "https://example.com/a", title: "A" } }],
      groundingSupports: [{ segment: { endIndex: 4 }, groundingChunkIndices: [0] }],
    },
  },
};

const cited = (protocol: ClientProtocol): ContentPart => {
  // Claude cites whole blocks.
  const place = protocol === "anthropic-messages" ? {} : { span: { start: 0, end: 4 } };
  const citation = { protocol, value: CITED[protocol], url: "https://example.com/a", title: "A", ...place };
  return { type: "text", text: "Yes.", citations: [citation] };
};

const pages = (answer: ChatResponse): unknown =>
  parts(answer, "text").map(
    (part) => part.type === "text" && part.citations?.map(({ url, title, span }) => [url, title, span]),
  );

const sealed = (sealedBy: ClientProtocol): ContentPart => ({
  type: "reasoning",
  text: "Hm.",
  signature: "c2ln",
  sealedBy,
});
const encrypted = (sealedBy: ClientProtocol): ContentPart => ({
  type: "reasoning",
  text: "",
  redacted: "ZW5j",
  sealedBy,
});

/** Seals and whose they are; where another protocol carries them wrapped, unwrapped as when they come back. */
const seals = (answer: ChatResponse): unknown =>
  parts(answer, "reasoning").map((part) => {
    if (part.type !== "reasoning" || part.sealedBy === undefined) return undefined;
    return [part.text, readSeal(part.sealedBy, part.signature ?? part.redacted ?? "")];
  });

/** What was said in refusing, and that it was. */
const refused = ({ choices }: ChatResponse): unknown => {
  const [choice] = choices;
  const words = choice?.content.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : ""));
  return [words, choice?.finish.unified === "refusal" || choice?.content.some(({ type }) => type === "refusal")];
};

const LOGPROBS = [{ token: "Yes.", bytes: [89, 101, 115, 46], logprob: -0.1, top_logprobs: [] }];

function call(id: string, kind: "function" | "custom" = "function"): ContentPart {
  return { type: "tool-call", id, name: "f", input: kind === "function" ? '{"a":1}' : "ls", kind };
}

/** What an answer holds. */
export const CONTENT: Group<AnswerProbe> = {
  name: "Content",
  probes: [
    content("text", TEXT),
    content("reasoning", { type: "reasoning", text: "Hm." }, (answer) =>
      parts(answer, "reasoning").map((part) => part.type === "reasoning" && part.text),
    ),
    content("reasoning's seal, to be sent back", sealed, seals),
    content("encrypted reasoning", encrypted, seals),
    content("function call", call("call_1")),
    {
      feature: "parallel calls",
      answer: { choices: [{ content: [call("call_1"), call("call_2")], finish: { unified: "tool-calls", raw: "" } }] },
      see: (answer) => parts(answer, "tool-call").map(bare),
    },
    content("call of a custom tool", call("call_1", "custom")),
    content("cited pages and passages", cited, pages),
    content("log probabilities", { type: "text", text: "Yes.", logprobs: LOGPROBS }),
    content("refusal", { type: "refusal", text: "No." }, refused),
    content("image", {
      type: "media",
      kind: "image",
      source: { type: "base64", mediaType: "image/png", data: "aGk=" },
    }),
    {
      feature: "several answers",
      answer: {
        choices: [
          { content: [TEXT], finish: STOP },
          { content: [TEXT], finish: STOP },
        ],
      },
      see: ({ choices }) => choices.length,
    },
  ],
};

function finish(feature: string, reason: FinishReason): AnswerProbe {
  const called = reason.unified === "tool-calls" ? [call("call_1")] : [TEXT];
  return {
    feature,
    answer: { choices: [{ content: called, finish: reason }] },
    see: ({ choices }) => [choices[0]?.finish.unified, choices[0]?.finish.stopSequence],
  };
}

/** Why an answer ended. */
export const ENDS: Group<AnswerProbe> = {
  name: "End",
  probes: [
    finish("done", STOP),
    finish("stop sequence, and which", { unified: "stop-sequence", raw: "", stopSequence: "END" }),
    finish("output limit", { unified: "length", raw: "" }),
    finish("context window is full", { unified: "context-window", raw: "" }),
    finish("calls", { unified: "tool-calls", raw: "" }),
    finish("filtered", { unified: "content-filter", raw: "" }),
    finish("refused", { unified: "refusal", raw: "" }),
    finish("paused", { unified: "pause", raw: "" }),
  ],
};

function tokens(feature: string, usage: Partial<Usage>, key: keyof Usage): AnswerProbe {
  return {
    feature,
    answer: { choices: [{ content: [TEXT], finish: STOP }], usage: { inputTokens: 100, outputTokens: 50, ...usage } },
    see: (answer) => answer.usage?.[key],
  };
}

/** Tokens. */
export const TOKENS: Group<AnswerProbe> = {
  name: "Tokens",
  probes: [
    tokens("read", {}, "inputTokens"),
    tokens("written", {}, "outputTokens"),
    tokens("read from a cache", { cachedInputTokens: 40 }, "cachedInputTokens"),
    tokens("written to a cache", { cacheWriteTokens: 30 }, "cacheWriteTokens"),
    tokens("of reasoning", { reasoningTokens: 20 }, "reasoningTokens"),
  ],
};
