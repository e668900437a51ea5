import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { LinkLost, type LinkEvents, type MessageLink } from "#mcp/remote/message-link.ts";

/** Both ends of a link within this process: ours, and one for a server of the SDK. */
export interface LinkPair {
  readonly link: PairLink;
  readonly transport: Transport;
}

/** Our end; what was sent is kept for the test to look at. */
export class PairLink implements MessageLink {
  readonly relates: boolean;
  readonly sent: JsonObject[] = [];
  /** How it was closed. */
  ended: boolean | undefined;
  events: LinkEvents | undefined;
  receive: ((message: JsonObject) => void) | undefined;

  constructor(relates: boolean) {
    this.relates = relates;
  }

  start(events: LinkEvents): void {
    this.events = events;
  }

  async send(message: JsonObject): Promise<void> {
    if (this.ended !== undefined) throw new LinkLost("It is closed.", { received: false });
    this.sent.push(message);
    const copy = structuredClone(message);
    queueMicrotask(() => this.receive?.(copy));
  }

  async close(end: boolean): Promise<void> {
    this.ended ??= end;
  }

  /** What was sent by this method. */
  methods(): unknown[] {
    return this.sent.map(({ method }) => method).filter((method) => method !== undefined);
  }
}

/** A pair. With `relates` the answer's stream is told as HTTP would. */
export function linkPair(relates = false): LinkPair {
  const link = new PairLink(relates);
  const transport: Transport = {
    async start() {},
    async close() {},
    async send(message, options) {
      const copy: unknown = structuredClone(message);
      const about = options?.relatedRequestId;
      if (isObject(copy)) queueMicrotask(() => link.events?.message(copy, relates ? about : undefined));
    },
  };
  link.receive = (message) => transport.onmessage?.(message as never);
  return { link, transport };
}
