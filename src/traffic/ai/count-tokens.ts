import type { Exchange } from "../../core/exchange.ts";
import type { UpstreamCall } from "../../core/provider.ts";
import type { ChatRequest } from "../../core/chat.ts";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import * as claude from "../../protocols/anthropic-messages/count-tokens-request.ts";
import * as gemini from "../../protocols/gemini/count-tokens.ts";
import { countTokens as estimateTokens } from "../../protocols/count-tokens.ts";
import { upstreamCodecFor } from "../../protocols/index.ts";
import { parseObject, spliceMember } from "../../core/json-splice.ts";
import { AttemptSignal } from "./attempt-signal.ts";
import { type CallDeps, copyHeaders } from "./call.ts";
import { editedChat } from "./chat-edits.ts";
import type { Inbound } from "./inbound.ts";
import { protocolsOf } from "./outgoing.ts";
import type { Target } from "./target.ts";
import { MAX_WHOLE, UNCOMPRESSED, wholeText } from "./upstream-body.ts";

/**
 * Answers Anthropic's count_tokens and Gemini's countTokens: by the provider where it can count, in whatever protocol, else by a tokenizer
 * here, which the header `x-sluice-estimate` says. A provider that fails is no reason to fail: the count is a help for planning, so the
 * estimate stands in.
 */
export async function countTokens(
  deps: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  targets: readonly Target[],
): Promise<Response> {
  const [target] = targets;
  const edited = target === undefined ? undefined : await editedRequest(inbound, target);
  const counting = target === undefined ? undefined : countingOf(inbound, target, edited);
  const text = counting === undefined ? undefined : await asked(deps, exchange, counting);
  const counted = text === undefined ? undefined : answerOf(inbound, counting?.protocol, text);
  if (counted !== undefined) return new Response(counted, { headers: { "content-type": "application/json" } });
  const tokens = await estimateTokens(edited ?? inbound.changed ?? requestOf(inbound));
  return Response.json(written(inbound, tokens), { headers: { "x-sluice-estimate": "true" } });
}

/** The count in the client's form. */
function written({ protocol }: Inbound, tokens: number): JsonObject {
  return protocol === "gemini" ? gemini.encodeTokenCount(tokens) : { input_tokens: tokens };
}

/** The provider's answer, as it is in the client's own protocol; undefined for what is no count. */
function answerOf(inbound: Inbound, protocol: ProtocolName | undefined, text: string): string | undefined {
  if (protocol === undefined || protocol === inbound.protocol) return text;
  const body = parseObject(text);
  const tokens = body === undefined ? undefined : upstreamCodecFor(protocol).countTokens?.decode(body);
  return tokens === undefined ? undefined : JSON.stringify(written(inbound, tokens));
}

/** The request to count, as the client sent it. */
export function requestOf({ protocol, body, model }: Inbound): ChatRequest {
  return protocol === "gemini"
    ? gemini.decodeCountTokens(body, { model, stream: false })
    : claude.decodeCountTokens(body);
}

/** The request as the target's settings change it; undefined when it stays as it is, or cannot be changed now. */
async function editedRequest(inbound: Inbound, { edits }: Target): Promise<ChatRequest | undefined> {
  const { changed } = inbound;
  if (edits?.request === undefined) return changed;
  const edited = await editedChat({ chat: changed ?? requestOf(inbound), changed }, edits);
  return edited instanceof Fault ? undefined : edited;
}

/** A provider that counts, and what it is asked. */
interface Counting {
  readonly target: Target;
  readonly protocol: ProtocolName;
  readonly call: UpstreamCall;
  readonly url: string;
  readonly body: string;
}

/** How the target counts: in the client's protocol, else in one it is converted to; undefined when it does not. */
function countingOf(inbound: Inbound, target: Target, edited: ChatRequest | undefined): Counting | undefined {
  const { provider, converts } = target;
  const model = target.modelFor(inbound.model);
  const spoken = protocolsOf(provider, model);
  const own = spoken.includes(inbound.protocol);
  const protocols = own ? [inbound.protocol] : converts ? spoken : [];
  for (const protocol of protocols) {
    const call: UpstreamCall = { api: "count-tokens", protocol, model, stream: false };
    const url = provider.url(call);
    const body = url === undefined ? undefined : bodyFor(inbound, { target, protocol, model }, edited);
    if (url !== undefined && body !== undefined) return { target, protocol, call, url, body };
  }
  return undefined;
}

function bodyFor(
  inbound: Inbound,
  { target: { provider }, protocol, model }: Pick<Counting, "target" | "protocol"> & { readonly model: string },
  edited: ChatRequest | undefined,
): string | undefined {
  const { text } = inbound;
  if (edited === undefined && protocol === inbound.protocol) {
    const renamed = model !== inbound.model && inbound.modelInBody;
    return renamed ? spliceMember(text, "model", JSON.stringify(model)) : text;
  }
  const target = { model, dialect: provider.dialect(protocol, model), ...provider.limits(model) };
  const body = upstreamCodecFor(protocol).countTokens?.encode(edited ?? requestOf(inbound), target);
  return body === undefined ? undefined : JSON.stringify(body);
}

async function asked(
  deps: CallDeps,
  exchange: Exchange,
  { target, protocol, call, url, body }: Counting,
): Promise<string | undefined> {
  const { provider, pool, timeouts } = target;
  const lease = provider.send !== undefined ? undefined : pool.lease(new Set());
  if (lease === undefined) return undefined;
  const attempt = new AttemptSignal(exchange.signal, deps.deadlines, provider.id);
  attempt.begin("first_byte_timeout", timeouts.firstByte);
  try {
    const headers = new Headers({ "content-type": "application/json", "accept-encoding": UNCOMPRESSED });
    copyHeaders(exchange.request.headers, headers, provider.forwardHeaders(protocol));
    await provider.authorize(headers, lease.credential, call);
    await provider.sign?.({ method: "POST", url, headers, body }, lease.credential);
    const init: RequestInit = { method: "POST", headers, body, signal: attempt.signal, redirect: "manual" };
    const response = await deps.fetch(url, init);
    const { text } = await wholeText(response, MAX_WHOLE, provider.id);
    return response.ok ? text : undefined;
  } catch (thrown) {
    if (exchange.signal.aborted) throw thrown;
    return undefined;
  } finally {
    attempt.release();
  }
}
