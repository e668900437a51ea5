import { Fault } from "../../core/fault.ts";
import { isObject } from "../../core/json.ts";
import type { Loss, ProtocolName } from "../../core/protocol.ts";
import { codecFor } from "../../protocols/index.ts";
import { spliceMember } from "../../protocols/json-splice.ts";
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

/** Writes the request for a target. */
export function outgoing(inbound: Inbound, target: Target): Outgoing {
  const { provider, converts } = target;
  const model = target.modelFor(inbound.model);
  if (provider.protocols.includes(inbound.protocol)) return untouched(inbound, target, model);
  if (converts) return converted(inbound, target, model);
  throw new Fault(
    "api_not_supported",
    `The provider '${provider.id}' is not to be converted for (protocol: original), and it does not speak ${inbound.protocol}.`,
  );
}

function untouched(inbound: Inbound, target: Target, model: string): Outgoing {
  const { protocol } = inbound;
  let body = inbound.text;
  if (model !== inbound.model) body = spliceMember(body, "model", JSON.stringify(model));
  const hideUsage = asksUsage(protocol, inbound.stream, target) && !inbound.includeUsage;
  if (hideUsage) {
    const options = inbound.body["stream_options"];
    const asked = { ...(isObject(options) ? options : {}), include_usage: true };
    body = spliceMember(body, "stream_options", JSON.stringify(asked));
  }
  return { protocol, model, body, losses: [], native: true, hideUsage };
}

function converted(inbound: Inbound, target: Target, model: string): Outgoing {
  const { provider } = target;
  const protocol = provider.protocols[0];
  if (protocol === undefined) {
    throw new Fault("api_not_supported", `The provider '${provider.id}' (${provider.type}) has no chat API.`);
  }
  const maxOutputTokens = target.maxOutputTokens ?? provider.limits(model).maxOutputTokens;
  const { chat } = inbound;
  const { value, losses } = codecFor(protocol).request.encode(
    asksUsage(protocol, inbound.stream, target) ? { ...chat, includeUsage: true } : chat,
    { model, dialect: provider.dialect(protocol), ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) },
  );
  return { protocol, model, body: JSON.stringify(value), losses, native: false, hideUsage: false };
}

/** OpenAI's streams tell usage only when asked; others always do. */
function asksUsage(protocol: ProtocolName, stream: boolean, { provider }: Target): boolean {
  return stream && protocol === "openai-chat" && provider.dialect(protocol).streamUsage !== false;
}

/** Why a strict route does not ask a provider that cannot be told everything. */
export function lossy(losses: readonly Loss[]): Fault {
  const fields = losses.map(({ field }) => field).join(", ");
  return new Fault("lossy_conversion", `This route is strict and its provider cannot express: ${fields}.`, {
    param: losses[0]?.field ?? "",
  });
}
