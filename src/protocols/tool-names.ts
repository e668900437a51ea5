/**
 * Names of tools as each vendor takes them. A name that a provider would refuse (Gemini's `shop.list`, a long one of an MCP server) goes
 * there under another, which is the same in every request, and comes back to the client as it was.
 */
import type {
  ChatEvent,
  ChatMessage,
  ChatRequest,
  ChatResponse,
  ChatTool,
  ContentPart,
  ToolChoice,
} from "../core/chat.ts";
import type { Codec, ResponseTarget, UpstreamCodec } from "../core/codec.ts";
import type { ProtocolName } from "../core/protocol.ts";
import { Losses } from "./losses.ts";

interface Rule {
  readonly taken: RegExp;
  readonly refused: RegExp;
  readonly longest: number;
}

const PLAIN: Rule = { taken: /^[a-zA-Z0-9_-]{1,64}$/, refused: /[^a-zA-Z0-9_-]/g, longest: 64 };

/** By the vendors' references of functions and tools. Gemini's names begin with a letter or an underscore. */
const RULES: Readonly<Partial<Record<ProtocolName, Rule>>> = {
  "openai-chat": PLAIN,
  "openai-responses": PLAIN,
  "anthropic-messages": { ...PLAIN, taken: /^[a-zA-Z0-9_-]{1,128}$/, longest: 128 },
  gemini: { taken: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/, refused: /^[^a-zA-Z_]|[^a-zA-Z0-9_.:-]/g, longest: 64 },
  "bedrock-converse": PLAIN,
};

/** FNV-1a, which tells names apart that differ only in what is cut off or replaced. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value.toString(16).padStart(8, "0");
}

function fitted(name: string, { taken, refused, longest }: Rule): string {
  if (taken.test(name)) return name;
  return `${name.replace(refused, "_").slice(0, longest - 9)}_${hash(name)}`;
}

type Rename = (name: string) => string;

function renamedTool(tool: ChatTool, rename: Rename): ChatTool {
  return tool.type === "native" ? tool : { ...tool, name: rename(tool.name) };
}

function renamedChoice(choice: ToolChoice, rename: Rename): ToolChoice {
  if (choice.type === "tool") return { ...choice, name: rename(choice.name) };
  return choice.type === "allowed" ? { ...choice, names: choice.names.map(rename) } : choice;
}

function renamedPart(part: ContentPart, rename: Rename): ContentPart {
  if (part.type !== "tool-call" || part.kind === "server") return part;
  const name = rename(part.name);
  return name === part.name ? part : { ...part, name };
}

function renamedMessage(message: ChatMessage, rename: Rename): ChatMessage {
  const content = message.content.map((part) => renamedPart(part, rename));
  return content.some((part, index) => part !== message.content[index]) ? { ...message, content } : message;
}

/** Whether any tool of a request, or of an earlier call in it, has a name that is refused; nearly none has. */
function hasRefused({ tools = [], messages }: ChatRequest, { taken }: Rule): boolean {
  return (
    tools.some((tool) => tool.type !== "native" && !taken.test(tool.name)) ||
    messages.some(({ content }) => content.some((part) => part.type === "tool-call" && !taken.test(part.name)))
  );
}

/** A request with names the protocol takes, the same one where it takes all; each tool that is renamed is a loss. */
function withFittingNames(request: ChatRequest, protocol: ProtocolName, losses: Losses): ChatRequest {
  const rule = RULES[protocol];
  if (rule === undefined) return request;
  if (!hasRefused(request, rule)) return request;
  const rename = (name: string): string => fitted(name, rule);
  const { tools = [], toolChoice, messages } = request;
  for (const [index, tool] of tools.entries()) {
    if (tool.type !== "native" && rename(tool.name) !== tool.name) {
      losses.approximated(`tools[${index}].name`, "under a name the provider takes");
    }
  }
  return {
    ...request,
    messages: messages.map((message) => renamedMessage(message, rename)),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => renamedTool(tool, rename)) }),
    ...(toolChoice === undefined ? {} : { toolChoice: renamedChoice(toolChoice, rename) }),
  };
}

/** What each name that a provider may have been given stands for; undefined where all are the client's own. */
function originals({ request }: ResponseTarget): Rename | undefined {
  const names = new Map<string, string>();
  for (const tool of request?.tools ?? []) {
    if (tool.type === "native") continue;
    for (const rule of Object.values(RULES)) {
      const name = fitted(tool.name, rule);
      if (name !== tool.name) names.set(name, tool.name);
    }
  }
  return names.size === 0 ? undefined : (name) => names.get(name) ?? name;
}

function restoredAnswer(response: ChatResponse, rename: Rename): ChatResponse {
  const choices = response.choices.map((choice) => {
    const content = choice.content.map((part) => renamedPart(part, rename));
    return Object.assign({ ...choice }, { content });
  });
  return { ...response, choices };
}

function restoredEvent(event: ChatEvent, rename: Rename): ChatEvent {
  return event.type === "tool-call" && event.kind !== "server" ? { ...event, name: rename(event.name) } : event;
}

/** A provider's codec that gives every tool a name the provider takes. */
export function withToolNames<C extends UpstreamCodec>(codec: C): C {
  const { request, protocol } = codec;
  const encode: UpstreamCodec["request"]["encode"] = (asked, target) => {
    const losses = new Losses(protocol);
    const { value, losses: others } = request.encode(withFittingNames(asked, protocol, losses), target);
    return { value, losses: [...losses.list, ...others] };
  };
  return { ...codec, request: { ...request, encode } };
}

/** A client's codec that gives the tools of an answer the names that the client knows them by. */
export function withOwnToolNames(codec: Codec): Codec {
  const { response, stream } = codec;
  return {
    ...codec,
    response: {
      ...response,
      encode(answer, target) {
        const rename = originals(target);
        return response.encode(rename === undefined ? answer : restoredAnswer(answer, rename), target);
      },
    },
    stream: {
      ...stream,
      encoder(target) {
        const encoder = stream.encoder(target);
        const rename = originals(target);
        if (rename === undefined) return encoder;
        return {
          step: (event) => encoder.step(restoredEvent(event, rename)),
          end: () => encoder.end(),
          losses: encoder.losses,
        };
      },
    },
  };
}
