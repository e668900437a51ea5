import { z } from "zod";
import { flag, integer, name, text } from "#src/core/settings/scalars.ts";
import { makes, someOf } from "#src/core/settings/shapes.ts";

/** Passes connections on to services as they are. Only Envoy does it: see docs/envoy.md. */
export interface TcpRoute {
  readonly name: string;
  readonly listeners: readonly string[];
  /** Names that clients ask for in TLS; left out: any connection. */
  readonly sni?: readonly string[];
  /** TLS ends at the listener, which shows its certificates; else it is passed on unopened. */
  readonly terminate: boolean;
  readonly services: readonly { readonly name: string; readonly weight: number }[];
  readonly origin?: string;
}

const share = z.strictObject({
  name: name("A service's name."),
  weight: integer("Its share of the connections.", 0, 1_000_000).prefault(1),
});

/** One entry of `tcpRoutes`. */
export const tcpRoute: z.ZodType<TcpRoute> = makes<TcpRoute>()(
  z.strictObject({
    name: name("The route's name."),
    listeners: someOf(text("A listener's name."), "Listeners it is for."),
    sni: someOf(text("A host name, or *.example.com."), "Names asked for in TLS.").exactOptional(),
    terminate: flag("Whether TLS ends at the listener; else it is passed on unopened.").prefault(false),
    services: someOf(share, "Where connections go."),
    origin: text("What it was made of, where that is another form than this.").exactOptional(),
  }),
);
