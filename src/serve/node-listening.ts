import type { Server } from "node:net";
import { listenError } from "./listen-error.ts";

/** How long a connection may be idle between two requests, in milliseconds: more than what load balancers keep theirs. */
export const KEEP_ALIVE = 75_000;

/** Opens a server; resolves with its port, rejects with what a user can do. */
export function opened(server: Server, at: { readonly hostname: string; readonly port: number }): Promise<number> {
  const { hostname, port } = at;
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(hostname, port, error)));
    server.listen(port, hostname, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
