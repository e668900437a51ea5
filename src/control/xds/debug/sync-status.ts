import type { JsonObject } from "#src/core/json.ts";
import type { ConnectedClient } from "../client-stream.ts";
import type { TypeState } from "../type-state.ts";

/** What is known of a client, type by type: `SYNCED`, `STALE` while an answer is not acknowledged, `NACKED` after a refusal. */
export function syncStatus({ node, peer, since, stream }: ConnectedClient): JsonObject {
  return {
    node: node.id,
    cluster: node.cluster,
    agent: node.agent,
    zone: node.zone,
    peer,
    connected_at: new Date(since).toISOString(),
    protocol: stream.protocol,
    in_sync: stream.inSync,
    types: Object.fromEntries(stream.states.map((state) => [state.kind.type, typeStatus(state)])),
  };
}

function typeStatus({ sent, acked, nacked, outstanding, count, subscription }: TypeState): JsonObject {
  const names = subscription.names.size;
  return {
    status:
      nacked !== undefined
        ? "NACKED"
        : outstanding !== undefined
          ? "STALE"
          : sent === undefined
            ? "NOT SENT"
            : "SYNCED",
    resources: count,
    subscribed: subscription.wildcard ? "*" : names,
    ...(sent === undefined ? {} : { sent: sent.version, sent_nonce: sent.nonce, sent_at: timeOf(sent) }),
    ...(acked === undefined ? {} : { acked: acked.version, acked_nonce: acked.nonce, acked_at: timeOf(acked) }),
    ...(nacked === undefined ? {} : { nacked: nacked.version, error: nacked.error, nacked_at: timeOf(nacked) }),
  };
}

function timeOf({ time }: { readonly time: number }): string {
  return new Date(time).toISOString();
}
