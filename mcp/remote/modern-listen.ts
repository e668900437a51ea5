import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpCall, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import { bodyKind, parseMessage, readEvents } from "./answer-reader.ts";
import { failureOf, HttpRefusal } from "./http-failure.ts";
import { LinkLost } from "./message-link.ts";
import { ModernExchange, type ModernUpstreamParts } from "./modern-upstream.ts";
import { Patience } from "./patience.ts";
import { readMessage } from "./rpc-message.ts";
import { acknowledgedIn, listenParams, untagged } from "./subscription-wire.ts";

/**
 * Opens the stream of a server's changes (2026-07-28, `subscriptions/listen`). Resolves when the server has said what of the filter it
 * honours; `ended` is called when the stream is over, unless it was closed. Rejects with an McpError.
 */
export async function modernListen(
  parts: ModernUpstreamParts,
  filter: SubscriptionFilter,
  call: McpCall,
  ended: () => void,
): Promise<Subscription> {
  const request = { method: "subscriptions/listen", params: listenParams(filter) };
  const exchange = new ModernExchange(parts, "listen", request, call);
  const acknowledged = Promise.withResolvers<SubscriptionFilter>();
  acknowledged.promise.catch(() => {});
  const patience = new Patience(parts.clock, parts.limits, () => {
    const late = new LinkLost("The upstream server did not acknowledge a subscription in time.", { received: true });
    exchange.abort(late);
    acknowledged.reject(late);
  });
  let over = false;
  try {
    const answer = await exchange.send();
    if (answer.status !== 200) throw await failureOf(answer);
    if (bodyKind(answer.headers) !== "events") {
      answer.body.cancel();
      throw new HttpRefusal(answer.status);
    }
    readEvents(
      answer.body,
      parts.limits.message,
      { lastEventId: "", retry: undefined },
      {
        alive: () => patience.touch(),
        event: ({ data }) => {
          const incoming = data === "" ? undefined : readMessage(parseMessage(data));
          if (incoming?.kind === "answer") acknowledged.reject(incoming.outcome);
          if (incoming?.kind !== "notification") return;
          const { method, params } = incoming.notification;
          if (method === "notifications/subscriptions/acknowledged") acknowledged.resolve(acknowledgedIn(params));
          else call.notify(untagged(incoming.notification));
        },
      },
    )
      .catch((error: unknown) => acknowledged.reject(error))
      .finally(() => {
        acknowledged.reject(new LinkLost("The upstream server ended a subscription.", { received: true }));
        if (!over) ended();
      });
    const honoured = await acknowledged.promise;
    return {
      honoured,
      close() {
        over = true;
        exchange.abort(new McpError(ERROR_CODES.internalError, "The subscription is closed."));
      },
    };
  } catch (error) {
    over = true;
    throw error instanceof McpError ? error : new LinkLost("A subscription failed.", { received: true, cause: error });
  } finally {
    patience.stop();
  }
}
