import { connect, createServer, type Socket } from "node:net";

/** Passes connections on, as a network would: it may hold back what is said, without a word. */
export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** Open connections of those who came. */
  readonly clients: number;
  /** From now on nothing gets through, and no connection ends. */
  hold(): void;
  /** Lets through what was held back, and everything from now on. */
  release(): void;
}

/** A relay to a port of the loopback. */
export async function startRelay(to: number): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  let held: (() => void)[] | undefined;
  const pass = (action: () => void): void => void (held === undefined ? action() : held.push(action));
  const join = (from: Socket, into: Socket): void => {
    sockets.add(from);
    from.on("data", (chunk) => pass(() => into.write(chunk)));
    from.on("close", () => pass(() => into.destroy()));
    from.on("error", () => {});
  };
  let clients = 0;
  const server = createServer((client) => {
    clients += 1;
    client.on("close", () => (clients -= 1));
    const upstream = connect(to, "127.0.0.1");
    join(client, upstream);
    join(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    get clients() {
      return clients;
    },
    hold: () => void (held ??= []),
    release() {
      const actions = held ?? [];
      held = undefined;
      for (const action of actions) action();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
