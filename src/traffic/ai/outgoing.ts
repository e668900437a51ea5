import { Fault } from "../../core/fault.ts";
import { isObject } from "../../core/json.ts";
import type { ChatRequest } from "../../core/chat.ts";
import type { Loss, ProtocolName } from "../../core/protocol.ts";
import type { Provider } from "../../core/provider.ts";
import { upstreamCodecFor } from "../../protocols/index.ts";
import { parseObject, spliceMember } from "../../core/json-splice.ts";
import { respell } from "../../protocols/respell.ts";
import type { Inbound } from "./inbound.ts";
import type { Target } from "./target.ts";

/** A request as one provider gets it. */
export interface Outgoing {
  readonly protocol: ProtocolName;
  readonly model: string;
  readonly body: string;
  readonly losses: readonly Loss[];
  /** The client and the provider speak the same protocol, so bytes are left alone. */
  readonly native: boolean;
  /** The gateway asked for a usage chunk the client does not expect. */
  readonly hideUsage: boolean;
}

/** Writes the request for a target. `edited` is the chat as the target's settings have changed it, when they have. */
export function outgoing(inbound: Inbound, target: Target, edited?: ChatRequest): Outgoing {
  const { provider, converts } = target;
  const model = target.modelFor(inbound.model);
  const spoken = protocolsOf(provider, model);
  const own = spoken.includes(inbound.protocol);
  if (own && !inbound.extended) {
    const request =
      edited === undefined ? untouched(inbound, target, model) : rewritten(inbound, target, model, edited);
    return finished(request, inbound, target);
  }
  const protocol = own ? inbound.protocol : preferred(spoken, target);
  if (own || converts) {
    const request = converted(inbound, target, model, protocol, edited ?? inbound.chat);
    return finished(request, inbound, target);
  }
  throw new Fault(
    "api_not_supported",
    `The provider '${provider.id}' is not to be converted for (protocol: original), and it does not speak ${inbound.protocol}.`,
  );
}

/** What a provider speaks for a model. */
export function protocolsOf(provider: Provider, model: string): readonly ProtocolName[] {
  return provider.protocolsFor?.(model) ?? provider.protocols;
}

function preferred(spoken: readonly ProtocolName[], { upstreamProtocol }: Target): ProtocolName | undefined {
  return upstreamProtocol !== undefined && spoken.includes(upstreamProtocol) ? upstreamProtocol : spoken[0];
}

function finished(request: Outgoing, inbound: Inbound, target: Target): Outgoing {
  return respelled(adjusted(request, inbound, target), target);
}

/** With the vendor's own names of fields, and without those it refuses. */
function respelled(request: Outgoing, { provider }: Target): Outgoing {
  const dialect = provider.dialect(request.protocol, request.model);
  const spelled = dialect.fields === undefined && dialect.messageNames === undefined;
  const body = spelled ? undefined : parseObject(request.body);
  const changed = body === undefined ? undefined : respell(body, dialect);
  if (changed === undefined) return request;
  return { ...request, body: JSON.stringify(changed.body), losses: [...request.losses, ...changed.losses] };
}

/** With what the vendor wants elsewhere than its protocol's own does. */
function adjusted(request: Outgoing, { stream }: Inbound, { provider }: Target): Outgoing {
  const body = provider.adjust === undefined ? undefined : parseObject(request.body);
  if (body === undefined) return request;
  const { protocol, model } = request;
  const own = provider.adjust?.(body, { api: "chat", protocol, model, stream });
  return own === body ? request : { ...request, body: JSON.stringify(own) };
}

function untouched(inbound: Inbound, target: Target, model: string): Outgoing {
  const { protocol } = inbound;
  let body = inbound.text;
  if (model !== inbound.model && inbound.modelInBody) body = spliceMember(body, "model", JSON.stringify(model));
  const hideUsage = asksUsage(protocol, inbound.stream, target, model) && !inbound.includeUsage;
  if (hideUsage) {
    const options = inbound.body["stream_options"];
    const asked = { ...(isObject(options) ? options : {}), include_usage: true };
    body = spliceMember(body, "stream_options", JSON.stringify(asked));
  }
  return { protocol, model, body, losses: [], native: true, hideUsage };
}

/** What stands for earlier turns that only the vendor who keeps them can look up. */
const EARLIER = ["previous_response_id", "conversation"];

/** A model that is not shown the earlier turns would answer something else, in silence: better not to ask it. */
function requireWhole({ protocol, body }: Inbound, { id, type }: Provider, model: string): void {
  const field = protocol === "openai-responses" ? EARLIER.find((name) => (body[name] ?? null) !== null) : undefined;
  if (field === undefined) return;
  throw new Fault(
    "api_not_supported",
    `The provider '${id}' (${type}) keeps what '${field}' names, but its model '${model}' cannot go on from it. Send the earlier turns in 'input'.`,
    { param: field },
  );
}

/** The client's own protocol, written anew because the chat was changed. */
function rewritten(inbound: Inbound, target: Target, model: string, edited: ChatRequest): Outgoing {
  const { protocol, stream, includeUsage } = inbound;
  const hideUsage = asksUsage(protocol, stream, target, model) && !includeUsage;
  return { ...converted(inbound, target, model, protocol, edited), native: true, hideUsage };
}

function converted(
  inbound: Inbound,
  target: Target,
  model: string,
  protocol: ProtocolName | undefined,
  asked: ChatRequest,
): Outgoing {
  const { provider } = target;
  if (protocol === undefined) {
    throw new Fault("api_not_supported", `The provider '${provider.id}' (${provider.type}) has no chat API.`);
  }
  if (protocol !== inbound.protocol) requireWhole(inbound, provider, model);
  const maxOutputTokens = target.maxOutputTokens ?? provider.limits(model).maxOutputTokens;
  const chat = protocol === inbound.protocol ? asked : withoutStore(asked, inbound);
  const { value, losses } = upstreamCodecFor(protocol).request.encode(
    asksUsage(protocol, inbound.stream, target, model) ? { ...chat, includeUsage: true } : chat,
    {
      model,
      dialect: provider.dialect(protocol, model),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    },
  );
  return { protocol, model, body: JSON.stringify(value), losses, native: false, hideUsage: false };
}

/** The gateway itself keeps the answers of Responses, so that nobody else is asked to. */
function withoutStore(chat: ChatRequest, { protocol, keptHere }: Inbound): ChatRequest {
  if (protocol !== "openai-responses" || chat.store === undefined || (chat.store && !keptHere)) return chat;
  const { store: _, ...others } = chat;
  return others;
}

/** OpenAI's streams tell usage only when asked; others always do. */
function asksUsage(protocol: ProtocolName, stream: boolean, { provider }: Target, model: string): boolean {
  return stream && protocol === "openai-chat" && provider.dialect(protocol, model).streamUsage !== false;
}

/** The answer's bytes go on to the client as they come. */
export function relays({ native }: Outgoing, { edits }: Target): boolean {
  return native && edits?.answer === undefined;
}

/** Why a strict route does not ask a provider that cannot be told everything. */
export function lossy(losses: readonly Loss[]): Fault {
  const fields = losses.map(({ field }) => field).join(", ");
  return new Fault("lossy_conversion", `This route is strict and its provider cannot express: ${fields}.`, {
    param: losses[0]?.field ?? "",
  });
}
