import type { Exchange } from "../../core/exchange.ts";
import type { UpstreamCall } from "../../core/provider.ts";
import type { ChatRequest } from "../../core/chat.ts";
import { Fault } from "../../core/fault.ts";
import * as claude from "../../protocols/anthropic-messages/count-tokens-request.ts";
import * as gemini from "../../protocols/gemini/count-tokens.ts";
import { countTokens as estimateTokens } from "../../protocols/count-tokens.ts";
import { spliceMember } from "../../protocols/json-splice.ts";
import { AttemptSignal } from "./attempt-signal.ts";
import { type CallDeps, copyHeaders } from "./call.ts";
import { editedChat } from "./chat-edits.ts";
import type { Inbound } from "./inbound.ts";
import { protocolsOf } from "./outgoing.ts";
import type { Target } from "./target.ts";
import { MAX_WHOLE, UNCOMPRESSED, wholeText } from "./upstream-body.ts";

/**
 * Answers Anthropic's count_tokens: by the provider that has it, else by a tokenizer here, which the header `x-sluice-estimate` says. A
 * provider that fails is no reason to fail: the count is a help for planning, so the estimate stands in.
 */
export async function countTokens(
  deps: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  targets: readonly Target[],
): Promise<Response> {
  const [target] = targets;
  const edited = target === undefined ? undefined : await editedRequest(inbound, target);
  const native = target === undefined ? undefined : await asked(deps, exchange, inbound, target, edited);
  if (native !== undefined) return new Response(native, { headers: { "content-type": "application/json" } });
  const tokens = await estimateTokens(edited ?? requestOf(inbound));
  const answer = inbound.protocol === "gemini" ? gemini.encodeTokenCount(tokens) : { input_tokens: tokens };
  return Response.json(answer, { headers: { "x-sluice-estimate": "true" } });
}

function requestOf({ protocol, body, model }: Inbound): ChatRequest {
  return protocol === "gemini"
    ? gemini.decodeCountTokens(body, { model, stream: false })
    : claude.decodeCountTokens(body);
}

/** The request as the target's settings change it; undefined when it stays as it is, or cannot be changed now. */
async function editedRequest(inbound: Inbound, { edits }: Target): Promise<ChatRequest | undefined> {
  if (edits?.request === undefined) return undefined;
  const edited = await editedChat({ chat: requestOf(inbound) }, edits);
  return edited instanceof Fault ? undefined : edited;
}

function bodyFor(inbound: Inbound, { provider }: Target, model: string, edited: ChatRequest | undefined): string {
  const { protocol, text } = inbound;
  if (edited !== undefined) {
    const target = { model, dialect: provider.dialect(protocol, model), ...provider.limits(model) };
    return JSON.stringify((protocol === "gemini" ? gemini : claude).encodeCountTokens(edited, target));
  }
  const renamed = model !== inbound.model && inbound.modelInBody;
  return renamed ? spliceMember(text, "model", JSON.stringify(model)) : text;
}

async function asked(
  deps: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  target: Target,
  edited: ChatRequest | undefined,
): Promise<string | undefined> {
  const { provider, pool, timeouts } = target;
  const model = target.modelFor(inbound.model);
  const api: UpstreamCall = { api: "count-tokens", protocol: inbound.protocol, model, stream: false };
  const url = protocolsOf(provider, model).includes(inbound.protocol) ? provider.url(api) : undefined;
  const lease = url === undefined || provider.send !== undefined ? undefined : pool.lease(new Set());
  if (url === undefined || lease === undefined) return undefined;
  const attempt = new AttemptSignal(exchange.signal, deps.deadlines, provider.id);
  attempt.begin("first_byte_timeout", timeouts.firstByte);
  try {
    const headers = new Headers({ "content-type": "application/json", "accept-encoding": UNCOMPRESSED });
    copyHeaders(exchange.request.headers, headers, provider.forwardHeaders(inbound.protocol));
    await provider.authorize(headers, lease.credential, api);
    const body = bodyFor(inbound, target, model, edited);
    const response = await deps.fetch(url, {
      method: "POST",
      headers,
      body,
      signal: attempt.signal,
      redirect: "manual",
    });
    const { text } = await wholeText(response, MAX_WHOLE, provider.id);
    return response.ok ? text : undefined;
  } catch (thrown) {
    if (exchange.signal.aborted) throw thrown;
    return undefined;
  } finally {
    attempt.release();
  }
}
