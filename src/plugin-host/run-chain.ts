import type { Clock } from "../core/clock.ts";
import type { LocalReply } from "../core/plugin.ts";
import type { ActivePlugin } from "./active-plugin.ts";
import type { Chain, ChainSteps, PluginExchange } from "./chain.ts";
import { ChatPhase, Replied } from "./chat-phase.ts";
import { RequestPhase } from "./request-phase.ts";
import { responsePhase } from "./response-phase.ts";

/** Takes a request through its route's plugins, to the upstream, and its answer back through them. Rejects with a Fault for what a plugin made fail. */
export async function runChain(
  chain: Chain,
  exchange: PluginExchange,
  steps: ChainSteps,
  clock: Clock,
): Promise<Response> {
  const request = new RequestPhase(chain, exchange, steps, clock);
  const { call, asked } = request;
  exchange.whenOver(() => {
    for (const plugin of asked) plugin.over(call);
  });
  let chat: ChatPhase | undefined;
  let response: Response;
  let replier: ActivePlugin | undefined;
  try {
    const reply = await request.run();
    if (reply !== undefined) {
      replier = asked.at(-1);
      response = await replied(reply, exchange, steps);
    } else {
      chat = new ChatPhase(asked, call);
      exchange.chat = chat.hooks;
      if (readsAnswer(asked)) exchange.request.headers.delete("accept-encoding");
      response = await steps.handle();
    }
  } catch (thrown) {
    response = thrown instanceof Replied ? await replied(thrown.reply, exchange, steps) : steps.failed(thrown);
  }
  // An upgraded connection has no answer that could be changed.
  if (exchange.record.status !== 0) return response;
  const { bodyLimit } = chain;
  const others = asked.filter((plugin) => plugin !== replier);
  return responsePhase(response, others, { call, exchange, steps, chat, bodyLimit });
}

function replied(reply: LocalReply, { record }: PluginExchange, steps: ChainSteps): Response | Promise<Response> {
  if (reply.reason !== undefined) record.detail ??= reply.reason;
  return steps.replied(reply);
}

/** What is read here must not come packed. */
function readsAnswer(plugins: readonly ActivePlugin[]): boolean {
  return plugins.some(({ hooks }) => hooks.responseBody !== undefined || hooks.responseChunk !== undefined);
}
