import { type AnswerVerdict, LocalReply } from "../core/plugin.ts";
import type { ActivePlugin } from "./active-plugin.ts";
import type { ChatPhase } from "./chat-phase.ts";
import type { ChainSteps, PluginExchange } from "./chain.ts";
import { pieces } from "./body-pieces.ts";
import type { LiveCall } from "./live-call.ts";
import { LiveResponse } from "./live-response.ts";

/** What an answer passes through. */
export interface ResponsePhaseOptions {
  readonly call: LiveCall;
  readonly exchange: PluginExchange;
  readonly steps: ChainSteps;
  readonly chat: ChatPhase | undefined;
  /** The most of a body that is kept for a plugin, in bytes. */
  readonly bodyLimit: number;
}

/** Takes an answer through the plugins that saw its request, the last one first. */
export async function responsePhase(
  response: Response,
  plugins: readonly ActivePlugin[],
  options: ResponsePhaseOptions,
): Promise<Response> {
  const work = new LiveResponse(response);
  options.call.response = work;
  try {
    for (const plugin of plugins.toReversed()) if (!plugin.failed) await passThrough(work, plugin, options);
  } catch (thrown) {
    work.discard();
    throw thrown;
  }
  return work.toResponse();
}

async function passThrough(work: LiveResponse, plugin: ActivePlugin, options: ResponsePhaseOptions): Promise<void> {
  const verdict = await headersVerdict(plugin, options);
  if (verdict === "pass-body") plugin.passesResponse = true;
  if (verdict instanceof LocalReply) work.replace(await options.steps.replied(verdict));
  else if (!plugin.passesResponse && !plugin.failed) {
    await readBody(work, plugin, { ...options, streams: verdict === "stream-body" });
  }
}

function headersVerdict(
  plugin: ActivePlugin,
  { call }: ResponsePhaseOptions,
): AnswerVerdict | Promise<AnswerVerdict | undefined> {
  if (plugin.hooks.responseHeaders === undefined) return undefined;
  return plugin.ask("responseHeaders", (hooks): AnswerVerdict | Promise<AnswerVerdict> =>
    hooks.responseHeaders?.(call),
  );
}

/** `streams`: the body is wanted piece by piece, though the plugin reads whole ones as well. */
type ReadingOptions = ResponsePhaseOptions & { readonly streams: boolean };

async function readBody(work: LiveResponse, plugin: ActivePlugin, options: ReadingOptions): Promise<void> {
  const { hooks } = plugin;
  const wants = hooks.responseBody !== undefined || hooks.responseChunk !== undefined;
  if (!wants || !work.hasBody) return;
  const inPieces = options.streams && hooks.responseChunk !== undefined;
  if (hooks.responseBody !== undefined && !inPieces) await wholeBody(work, plugin, options);
  else if (options.chat?.decoded !== true || hooks.chatEvent === undefined) {
    const { call, steps, exchange, bodyLimit } = options;
    // The upstream's end is not the plugin's: it is asked for the last piece after it.
    const over = exchange.hold();
    work.setStream(
      pieces(work.stream, plugin, { call, over, limit: bodyLimit, lastWords: (thrown) => steps.lastWords(thrown) }),
    );
  }
}

async function wholeBody(work: LiveResponse, plugin: ActivePlugin, options: ResponsePhaseOptions): Promise<void> {
  const { call, steps, exchange, bodyLimit } = options;
  // The upstream's end is not the request's: somebody still has to read what becomes of the body.
  const over = exchange.hold();
  try {
    const body = await work.bytes(bodyLimit);
    const verdict = await plugin.ask("responseBody", (hooks) => hooks.responseBody?.(call, body));
    if (verdict instanceof LocalReply) work.replace(await steps.replied(verdict));
    else if (verdict !== undefined) work.setBytes(verdict);
  } finally {
    over();
  }
}
