import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { Lines } from "./lines.ts";
import { until } from "./until.ts";

/** Bun listens with a queue of 512, which holds one connection more. */
const QUEUE = 513;

const LISTEN = `
const server = require("node:net").createServer();
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

/** An address that takes no more connections: those who try hang, as with a host that drops packets. */
export interface DeafServer {
  readonly origin: string;
  close(): void;
}

/** Stops a listening process and fills its queue. */
export async function deafServer(): Promise<DeafServer> {
  const child = spawn(process.execPath, ["-e", LISTEN], { stdio: ["ignore", "pipe", "ignore"] });
  const port = await new Lines(child.stdout).find("the port", (line) => Number(line) || undefined);
  child.kill("SIGSTOP");
  let connected = 0;
  const sockets: Socket[] = Array.from({ length: QUEUE + 40 }, () => {
    const socket = connect(port, "127.0.0.1", () => (connected += 1));
    socket.on("error", () => {});
    return socket;
  });
  await until("the queue is full", () => connected >= QUEUE);
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      child.kill("SIGKILL");
    },
  };
}
