import { createServer } from "node:net";
import { freePort } from "../unprivileged.ts";

/** A free port whose neighbour at 1000 more is free as well. */
export async function freePair(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = await freePort();
    if (port + 1000 <= 65_535 && (await isFree(port + 1000))) return port;
  }
  throw new Error("no two ports are free");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
