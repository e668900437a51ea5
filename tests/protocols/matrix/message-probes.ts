import type { ChatMessage, ChatRequest, ContentPart, MediaPart, Role } from "#src/core/chat.ts";
import type { ClientProtocol } from "#src/core/protocol.ts";
import { bare, type Group, type RequestProbe } from "./probe.ts";

const text = (words: string): ContentPart => ({ type: "text", text: words });
const said = (role: Role, ...content: ContentPart[]): ChatMessage => ({ role, content });
const HI = said("user", text("Hi"));

function parts({ messages }: ChatRequest, type: ContentPart["type"]): ContentPart[] {
  return messages.flatMap(({ content }) => content.filter((part) => part.type === type));
}

function conversation(feature: string, messages: readonly ChatMessage[], see: RequestProbe["see"]): RequestProbe {
  return { feature, request: { messages }, see };
}

const roles = ({ messages }: ChatRequest): unknown => messages.map(({ role, content }) => [role, ...content.map(bare)]);

function media(feature: string, part: MediaPart, see: (part: MediaPart) => unknown = bare): RequestProbe {
  return {
    feature,
    request: { messages: [said("user", text("Look."), part)] },
    see: (request) => parts(request, "media").map((one) => (one.type === "media" ? see(one) : undefined)),
  };
}

const PNG: MediaPart = {
  type: "media",
  kind: "image",
  source: { type: "base64", mediaType: "image/png", data: "aGk=" },
};
const PDF: MediaPart = {
  type: "media",
  kind: "document",
  source: { type: "base64", mediaType: "application/pdf", data: "aGk=" },
};
const sourceOf = ({ kind, source }: MediaPart): unknown => [
  kind,
  source.type,
  source.type === "url" ? source.url : source,
];
const url = (kind: MediaPart["kind"], address: string): MediaPart => ({
  type: "media",
  kind,
  source: { type: "url", url: address },
});

const CALL: ContentPart = { type: "tool-call", id: "call_1", name: "f", input: '{"a":1}', kind: "function" };
const TOOLS = [{ type: "function", name: "f", inputSchema: { type: "object", properties: {} } }] as const;

function called(
  feature: string,
  result: readonly ContentPart[],
  isError: boolean,
  see: RequestProbe["see"],
): RequestProbe {
  const answer: ContentPart = {
    type: "tool-result",
    toolCallId: "call_1",
    content: result,
    ...(isError ? { isError } : {}),
  };
  return { feature, request: { tools: TOOLS, messages: [HI, said("assistant", CALL), said("tool", answer)] }, see };
}

const results = (request: ChatRequest): unknown =>
  parts(request, "tool-result").map((part) => (part.type === "tool-result" ? part.content.map(bare) : undefined));

const OWN_FILES: Readonly<Record<ClientProtocol, string | undefined>> = {
  "openai-chat": "file-1",
  "openai-responses": "file-1",
  "anthropic-messages": "file_1",
  gemini: undefined,
};

function ownFile(protocol: ClientProtocol): Partial<ChatRequest> | undefined {
  const id = OWN_FILES[protocol];
  const part: MediaPart = { type: "media", kind: "document", source: { type: "file", id: id ?? "" } };
  return id === undefined ? undefined : { messages: [said("user", text("Read."), part)] };
}

/** What stands in a conversation. */
export const MESSAGES: Group<RequestProbe> = {
  name: "Messages",
  probes: [
    conversation("system instruction", [said("system", text("Be brief.")), HI], roles),
    conversation("developer instruction", [said("developer", text("Be brief.")), HI], (request) =>
      request.messages.map(({ role }) => (role === "developer" ? "system" : role)),
    ),
    conversation(
      "instruction between turns",
      [HI, said("assistant", text("Yes?")), said("system", text("Be brief.")), HI],
      roles,
    ),
    conversation("several turns", [HI, said("assistant", text("Yes?")), said("user", text("Go on."))], roles),
    conversation("begun answer (prefill)", [HI, said("assistant", text("Well"))], roles),
    conversation("participant's name", [{ ...HI, name: "ann" }], ({ messages }) => messages.map(({ name }) => name)),
    media("image", PNG),
    media("image by URL", url("image", "https://example.com/a.png"), sourceOf),
    media("image detail", { ...PNG, detail: "low" }),
    media("PDF", { ...PDF, filename: "a.pdf" }, sourceOf),
    media("PDF by URL", url("document", "https://example.com/a.pdf"), sourceOf),
    media("document as text", { type: "media", kind: "document", source: { type: "text", text: "Once." } }),
    media("citations asked for", { ...PDF, citations: true }),
    media("audio", { type: "media", kind: "audio", source: { type: "base64", mediaType: "audio/mpeg", data: "aGk=" } }),
    media("video by URL", url("video", "https://example.com/a.mp4"), sourceOf),
    { feature: "file in the vendor's store", request: ownFile, see: (request) => parts(request, "media").map(bare) },
    {
      feature: "cache mark",
      request: { messages: [said("user", { type: "text", text: "Hi", cacheControl: { type: "ephemeral" } })] },
      see: ({ messages }) => messages[0]?.content[0]?.cacheControl,
    },
    called("tool call and its result", [text("sun")], false, (request) => [
      parts(request, "tool-call").map(bare),
      results(request),
    ]),
    called("failed tool call", [text("no")], true, (request) =>
      parts(request, "tool-result").map((part) => part.type === "tool-result" && part.isError),
    ),
    called("image in a tool's result", [text("see"), PNG], false, results),
    {
      feature: "call of a custom tool",
      request: {
        tools: [{ type: "custom", name: "run" }],
        messages: [
          HI,
          said("assistant", { type: "tool-call", id: "call_1", name: "run", input: "ls", kind: "custom" }),
          said("tool", { type: "tool-result", toolCallId: "call_1", content: [text("a.txt")] }),
        ],
      },
      see: (request) => parts(request, "tool-call").map(bare),
    },
    conversation(
      "refusal of an earlier turn",
      [HI, said("assistant", { type: "refusal", text: "No." }), HI],
      (request) => parts(request, "refusal").map(bare),
    ),
    {
      feature: "sealed reasoning of an earlier turn",
      request: (sealedBy) => ({
        messages: [
          HI,
          said("assistant", { type: "reasoning", text: "Hm.", signature: "c2ln", sealedBy }, text("Yes.")),
          HI,
        ],
      }),
      see: (request) => parts(request, "reasoning").map(bare),
    },
  ],
};
