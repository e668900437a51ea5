import type { Connection } from "../core/exchange.ts";

/** Written by every listener of Envoy's (src/control/envoy/route-match.ts). */
const LISTENER_HEADER = "x-sluice-listener";

/**
 * The client's connection to Envoy, for a request that Envoy has passed on: its address is the last one in `x-forwarded-for`, where Envoy
 * has put it. Only for ports that nobody but Envoy reaches.
 */
export function throughEnvoy({ headers }: Request, connection: Connection): Connection {
  const { sendTrailers, upgrade } = connection;
  const address = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  return {
    secure: headers.get("x-forwarded-proto") === "https",
    listener: headers.get(LISTENER_HEADER) ?? undefined,
    forwarded: true,
    ...(address === undefined || address === "" ? {} : { remoteAddress: address }),
    ...(sendTrailers === undefined ? {} : { sendTrailers }),
    ...(upgrade === undefined ? {} : { upgrade }),
  };
}
