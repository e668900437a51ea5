import type { Exchange } from "#src/core/exchange.ts";
import type { JsonObject } from "#src/core/json.ts";
import { META, type McpNotification, type RequestId } from "#src/core/mcp/messages.ts";
import { Listener } from "./listener.ts";
import type { ModernCall } from "./modern-call.ts";
import { metaOf } from "./modern-headers.ts";
import { notificationText, resultText } from "./outgoing.ts";
import { KEEP_ALIVE, type ServeWorld } from "./settings.ts";
import type { Slot } from "./slot.ts";
import { SseAnswer } from "./sse-answer.ts";
import { filterOf, passes } from "./subscription-filter.ts";

/** A `subscriptions/listen` of a stateless client. */
export interface Listen {
  readonly id: RequestId;
  readonly params: JsonObject;
  readonly call: ModernCall;
  readonly exchange: Exchange;
}

/**
 * Answers it with a stream that begins with what of the filter is honoured and goes on until the client leaves or the server is gone.
 * Rejects with what the server rejects with.
 */
export async function listen({ id, params, call, exchange }: Listen, slot: Slot, world: ServeWorld): Promise<Response> {
  const filter = filterOf(params["notifications"]);
  let stream: SseAnswer | undefined;
  const tell = (notification: McpNotification): void => void stream?.event(notificationText(tagged(notification, id)));
  let gone = false;
  const end = (): void => {
    gone = true;
    if (stream === undefined) return;
    stream.event(resultText(id, { resultType: "complete", _meta: { [META.subscriptionId]: id } }));
    stream.close();
  };
  const listener = new Listener({ slot, filter, call, passes, tell, end });
  const { openStream, clock } = world;
  const over = (): void => {
    listener.close();
    call.abort();
    release();
  };
  exchange.signal.addEventListener("abort", () => call.abort(), { once: true });
  const honoured = await listener.open().catch((thrown: unknown) => {
    listener.close();
    throw thrown;
  });
  const release = exchange.hold();
  stream = new SseAnswer({ openStream, clock, keepAlive: KEEP_ALIVE, over });
  tell({
    method: "notifications/subscriptions/acknowledged",
    params: { notifications: { ...honoured } as JsonObject },
  });
  listener.begin();
  // It went while it was being asked.
  if (gone) end();
  return stream.response();
}

function tagged({ method, params }: McpNotification, id: RequestId): McpNotification {
  return { method, params: { ...params, _meta: { ...metaOf(params), [META.subscriptionId]: id } } };
}
