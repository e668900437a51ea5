/** What has something to send. */
export interface Sender {
  sendNow(): void;
}

/**
 * Lets what a turn of the event loop has to send go out at its end. A write wakes the peer, which on a busy machine gets the processor at
 * once: what is left to do in the turn is done before, while its code and data are in the processor's caches.
 */
export class Outbox {
  #waiting: Sender[] = [];

  add(sender: Sender): void {
    this.#waiting.push(sender);
    if (this.#waiting.length === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const senders = this.#waiting;
    this.#waiting = [];
    for (const sender of senders) sender.sendNow();
  };
}
