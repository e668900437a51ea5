import type { ChatRequest, ReasoningOptions, ToolChoice } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { ClientProtocol } from "#src/core/protocol.ts";
import type { Group, RequestProbe } from "./probe.ts";

/** An option of one field or more, seen in the same. */
function option(feature: string, request: Partial<ChatRequest>): RequestProbe {
  const keys = Object.keys(request) as (keyof ChatRequest)[];
  return { feature, request, see: (whole) => keys.map((key) => whole[key]) };
}

const CITY = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const LOOSE = { type: "object", properties: { city: { type: "string" } } };
const F = { type: "function", name: "f", inputSchema: LOOSE } as const;
const G = { type: "function", name: "g", inputSchema: LOOSE } as const;

const tools = ({ tools: list = [] }: ChatRequest): unknown =>
  list.map((tool) => (tool.type === "function" ? [tool.name, tool.description, tool.inputSchema] : tool.name));

function choice(feature: string, toolChoice: ToolChoice): RequestProbe {
  return { feature, request: { tools: [F, G], toolChoice }, see: ({ toolChoice: kept }) => kept };
}

/** A tool each vendor runs itself, in its own words. Chat Completions has no such tool. */
const OWN: Readonly<Record<ClientProtocol, { readonly name: string; readonly value: JsonObject } | undefined>> = {
  "openai-chat": undefined,
  "openai-responses": { name: "web_search", value: { type: "web_search" } },
  "anthropic-messages": { name: "web_search", value: { type: "web_search_20250305", name: "web_search" } },
  gemini: { name: "googleSearch", value: { googleSearch: {} } },
};

/** Tools and the choice among them. */
export const TOOLS: Group<RequestProbe> = {
  name: "Tools",
  probes: [
    { feature: "function", request: { tools: [{ ...F, description: "F." }] }, see: tools },
    {
      feature: "strict function",
      request: { tools: [{ ...F, inputSchema: CITY, strict: true }] },
      see: ({ tools: list }) => list?.map((tool) => tool.type === "function" && [tool.strict, tool.inputSchema]),
    },
    {
      feature: "custom (free-text) tool",
      request: { tools: [{ type: "custom", name: "run", description: "Runs." }] },
      see: ({ tools: list }) => list?.map(({ type, name }) => [type, name]),
    },
    {
      feature: "tool the vendor runs",
      request: (protocol) => {
        const value = OWN[protocol];
        return value === undefined ? undefined : { tools: [{ type: "native", protocol, ...value }] };
      },
      see: ({ tools: list }) => list?.map(({ type, name }) => [type, name]),
    },
    {
      feature: "name of 100 characters",
      request: { tools: [{ ...F, name: "a".repeat(100) }] },
      see: ({ tools: list }) => list?.map(({ name }) => name),
    },
    choice("`auto`", { type: "auto" }),
    choice("`none`", { type: "none" }),
    choice("a call is required", { type: "required" }),
    {
      feature: "this tool",
      request: { tools: [F, G], toolChoice: { type: "tool", name: "f", kind: "function" } },
      see: ({ toolChoice }) => toolChoice?.type === "tool" && toolChoice.name,
    },
    choice("one of these tools", { type: "allowed", mode: "required", names: ["f", "g"] }),
    choice("none or one of these tools", { type: "allowed", mode: "auto", names: ["f"] }),
    {
      feature: "one call at a time",
      request: { tools: [F], toolChoice: { type: "auto" }, parallelToolCalls: false },
      see: ({ parallelToolCalls }) => parallelToolCalls,
    },
  ],
};

function reasoning(
  feature: string,
  options: ReasoningOptions,
  see: (options: ReasoningOptions) => unknown,
): RequestProbe {
  return {
    feature,
    request: { reasoning: options, maxOutputTokens: 32_000 },
    see: ({ reasoning: kept }) => (kept === undefined ? undefined : see(kept)),
  };
}

/** Everything else that can be asked for. */
export const OPTIONS: Group<RequestProbe> = {
  name: "Options",
  probes: [
    option("output limit", { maxOutputTokens: 77 }),
    option("temperature", { temperature: 0.5 }),
    option("`top_p`", { topP: 0.9 }),
    option("`top_k`", { topK: 40 }),
    option("stop sequences", { stop: ["END"] }),
    option("seed", { seed: 7 }),
    option("presence and frequency penalties", { presencePenalty: 0.5, frequencyPenalty: 0.5 }),
    option("`logit_bias`", { logitBias: { "1": 1 } }),
    option("log probabilities", { logprobs: true, topLogprobs: 2 }),
    option("several answers (`n`)", { candidates: 2 }),
    option("any JSON", { responseFormat: { type: "json" } }),
    {
      feature: "JSON by a strict schema",
      request: { responseFormat: { type: "json-schema", schema: CITY, strict: true } },
      see: ({ responseFormat: format }) => format?.type === "json-schema" && [format.schema, format.strict],
    },
    reasoning("reasoning effort", { effort: "low" }, ({ effort }) => effort),
    reasoning("reasoning budget", { mode: "enabled", budgetTokens: 4096 }, ({ budgetTokens }) => budgetTokens),
    reasoning("no reasoning", { mode: "disabled" }, ({ mode, effort }) => mode === "disabled" || effort === "none"),
    reasoning("reasoning shown", { effort: "low", display: "summarized" }, ({ display }) => display),
    option("end user's id", { user: "u-1" }),
    option("metadata", { metadata: { team: "a" } }),
    option("service tier `default`", { serviceTier: "default" }),
    option("service tier `flex`", { serviceTier: "flex" }),
    option("service tier `priority`", { serviceTier: "priority" }),
    option("verbosity", { verbosity: "low" }),
    option("images as output", { modalities: ["text", "image"] }),
    option("stored for later", { store: true }),
  ],
};
