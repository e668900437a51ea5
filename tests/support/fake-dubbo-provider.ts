import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { joined } from "#plugins/dubbo/bytes.ts";
import { heartbeat, heartbeatAnswer, type Message, MessageReader } from "#plugins/dubbo/frame.ts";
import { HessianWriter } from "#plugins/dubbo/hessian/writer.ts";
import { until } from "./until.ts";

/** A server that speaks just enough of the Dubbo protocol to misbehave. */
export interface FakeDubboProvider extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  /** Connections that were made, and are still open. */
  readonly connections: { readonly made: number; readonly open: number };
  /** Everything that came. */
  readonly got: readonly Message[];
  /** Resolves with the message of that number, from 0 on. */
  message(number: number): Promise<Message>;
  /** Resolves once so many connections are open. */
  opened(count: number): Promise<void>;
  /** Answers a call with its own text. */
  answer(call: Message, text: string): void;
  /** Sends bytes on the newest connection. */
  send(bytes: Uint8Array): void;
  /** Closes all connections. */
  hangUp(): void;
}

/** What a provider says when it is about to go. */
export const READ_ONLY: Uint8Array = Uint8Array.fromHex("dabba2000000000000000001000000020152");

/** Asks whether the other end is alive, and says that this one is. */
export const HEARTBEAT: Uint8Array = heartbeat(77n);
export const ALIVE: Uint8Array = heartbeatAnswer(1n);

/** Starts one; with `reads: false` it takes nothing from its connections. */
export async function startFakeDubboProvider({
  reads = true,
}: { readonly reads?: boolean } = {}): Promise<FakeDubboProvider> {
  const sockets = new Set<Socket>();
  const got: Message[] = [];
  const from = new Map<Message, Socket>();
  let made = 0;
  const server = createServer({ pauseOnConnect: !reads }, (socket) => {
    made += 1;
    sockets.add(socket);
    const reader = new MessageReader();
    socket.on("data", (chunk: Uint8Array) => {
      for (const message of reader.read(chunk)) {
        got.push(message);
        from.set(message, socket);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return { made, open: sockets.size };
    },
    got,
    async message(number) {
      await until(`message ${number} has come`, () => got[number] !== undefined);
      return got[number] as Message;
    },
    opened: (count) => until(`${count} connections are open`, () => sockets.size === count),
    answer: (call, text) => void from.get(call)?.write(answerOf(call.id, text)),
    send: (bytes) => void [...sockets].at(-1)?.write(bytes),
    hangUp,
    async [Symbol.asyncDispose]() {
      hangUp();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerOf(id: bigint, text: string): Uint8Array {
  const body = joined([Uint8Array.of(0x91), new HessianWriter().write(text).bytes]);
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0xdabb0214);
  view.setBigInt64(4, id);
  view.setUint32(12, body.length);
  return joined([header, body]);
}
