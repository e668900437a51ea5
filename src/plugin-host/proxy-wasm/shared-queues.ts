/** Told of a queue that has something in it. */
export type QueueListener = (token: number) => void;

interface Queue {
  readonly items: Uint8Array[];
  readonly listeners: Set<QueueListener>;
}

const MAX_QUEUES = 1000;
const MAX_ITEMS = 10_000;
/** Of all of them together. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Queues by which VMs give each other work; they are found by the VM's id and a name. One is kept for all plugins of a gateway. */
export class SharedQueues {
  readonly #tokens = new Map<string, number>();
  readonly #queues: Queue[] = [];
  #bytes = 0;

  /** The queue's token; undefined when there are too many. */
  register(vmId: string, name: string, listener: QueueListener): number | undefined {
    let token = this.resolve(vmId, name);
    if (token === undefined) {
      if (this.#queues.length >= MAX_QUEUES) return undefined;
      token = this.#queues.push({ items: [], listeners: new Set() });
      this.#tokens.set(keyOf(vmId, name), token);
    }
    this.#queues[token - 1]?.listeners.add(listener);
    return token;
  }

  resolve(vmId: string, name: string): number | undefined {
    return this.#tokens.get(keyOf(vmId, name));
  }

  /** Puts an item at a queue's end, and tells one of those who listen. */
  enqueue(token: number, item: Uint8Array): "ok" | "unknown" | "full" {
    const queue = this.#queues[token - 1];
    if (queue === undefined) return "unknown";
    if (queue.items.length >= MAX_ITEMS || this.#bytes + item.length > MAX_BYTES) return "full";
    queue.items.push(item);
    this.#bytes += item.length;
    queueMicrotask(() => told(queue, token));
    return "ok";
  }

  /** Takes the first item. */
  dequeue(token: number): Uint8Array | "unknown" | "empty" {
    const queue = this.#queues[token - 1];
    if (queue === undefined) return "unknown";
    const item = queue.items.shift();
    if (item === undefined) return "empty";
    this.#bytes -= item.length;
    return item;
  }

  /** Whoever listened is gone. */
  leave(listener: QueueListener): void {
    for (const { listeners } of this.#queues) listeners.delete(listener);
  }
}

/** Each in turn: the one that was told goes to the end. */
function told({ listeners }: Queue, token: number): void {
  const [first] = listeners;
  if (first === undefined) return;
  listeners.delete(first);
  listeners.add(first);
  first(token);
}

function keyOf(vmId: string, name: string): string {
  return `${vmId}\0${name}`;
}
