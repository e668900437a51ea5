import type { ChatHooks, EventEditor } from "../../core/chat-hooks.ts";
import type { Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import { apiOf, protocolOf } from "../../protocols/api-paths.ts";
import { withoutKey } from "../consumers.ts";
import type { CallDeps } from "./call.ts";
import { withAnswerEdits } from "./chat-edits.ts";
import { countTokens, requestOf } from "./count-tokens.ts";
import { askAll, type FailoverPolicy } from "./failover.ts";
import { createFamilyHandler, type FamilyDeps } from "./family.ts";
import { type Inbound, readInbound } from "./inbound.ts";
import { passThrough } from "./pass-through.ts";
import { respond } from "./respond.ts";
import { Turn } from "./stored/turn.ts";
import type { RouteTargets } from "./family-targets.ts";
import type { Target } from "./target.ts";

/** What an AI route does. */
export interface AiOptions extends FailoverPolicy, RouteTargets {
  /** The largest request body, in bytes. */
  readonly maxBodyBytes: number;
  /** Whose model name an answer carries: what answered, or what the client asked for. */
  readonly responseModel: "upstream" | "requested";
}

/** Answers the requests of one AI route, by the API their path asks for. */
export function createAiHandler(options: AiOptions, deps: FamilyDeps): (exchange: Exchange) => Promise<Response> {
  const family = createFamilyHandler(options, deps);
  return async (exchange) => {
    const { path } = exchange;
    const api = apiOf(path);
    if (api === undefined) return unlisted(options, deps, exchange);
    if (api.protocol === undefined || (api.api !== "chat" && api.api !== "count-tokens")) return family(exchange, api);
    exchange.record.protocol = api.protocol;
    const reading = readInbound(exchange, api.protocol, api, options.maxBodyBytes);
    // Awaited only when there is something to wait for: a turn of the event loop is not free.
    const asked = reading instanceof Promise ? await reading : reading;
    if (api.protocol === "openai-responses" && api.api === "chat") return goOn(options, deps, exchange, asked);
    const counts = api.api === "count-tokens";
    const inbound = exchange.chat === undefined ? asked : await hooked(exchange.chat, asked, counts);
    const targets = targetsFor(options, exchange, inbound);
    if (counts) return countTokens(deps, exchange, inbound, targets);
    const answer = await askAll(deps, exchange, inbound, targets, options);
    return respond(deps, exchange, inbound, answer, options.responseModel);
  };
}

/** The request as plugins have it. */
async function hooked(hooks: ChatHooks, inbound: Inbound, counts: boolean): Promise<Inbound> {
  if (hooks.request === undefined) return inbound;
  const chat = counts ? requestOf(inbound) : inbound.chat;
  const changed = await hooks.request(chat);
  return changed === chat ? inbound : inbound.withChat(changed);
}

const NO_EDITS: EventEditor = { step: (event) => [event], end: () => [] };

/** Who is asked, in order; with what plugins do to their answers. */
function targetsFor({ plan }: AiOptions, { chat }: Exchange, { model }: Inbound): readonly Target[] {
  const targets = plan(model);
  const editor = (): EventEditor => chat?.answer?.() ?? NO_EDITS;
  return chat?.answer === undefined ? targets : targets.map((target) => withAnswerEdits(target, editor));
}

/** OpenAI's Responses: a request may go on from an earlier answer, and its own may be gone on from. */
async function goOn(options: AiOptions, deps: FamilyDeps, exchange: Exchange, asked: Inbound): Promise<Response> {
  const turn = await Turn.take(deps, exchange, asked, targetsFor(options, exchange, asked));
  const { targets } = turn;
  const inbound = exchange.chat === undefined ? turn.inbound : await hooked(exchange.chat, turn.inbound, false);
  const answer = await askAll(deps, exchange, inbound, targets, options, (target) => turn.prefer(target));
  return respond(deps, exchange, inbound, answer, options.responseModel, turn);
}

/** A path of no API we know goes to the route's first provider that takes any. */
function unlisted(options: AiOptions, deps: CallDeps, exchange: Exchange): Promise<Response> {
  const { path, search } = exchange;
  for (const target of options.targets) {
    const url = target.provider.passThrough?.(path);
    if (url !== undefined) return passThrough(deps, exchange, target, url + withoutKey(search), options.maxBodyBytes);
  }
  exchange.record.protocol = protocolOf(path, exchange.request.headers);
  throw new Fault(
    "api_not_supported",
    `${path} is no API of this gateway. AI routes answer /v1/chat/completions, /v1/responses, /v1/messages, /v1beta/models/{model}:generateContent, /v1/models and the rest of these APIs.`,
  );
}
