import { z } from "zod";
import { Complaint, integer, name, scalar, text } from "#src/core/settings/scalars.ts";
import { exactlyOne, makes, someOf, word } from "#src/core/settings/shapes.ts";

/** One address of a service. */
export interface EndpointConfig {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
}

/** What requests are spread by, so that equal ones meet the same endpoint. */
export type HashKey =
  | { readonly header: string }
  | { readonly cookie: string }
  | { readonly query: string }
  | { readonly source_ip: true };

/** How an endpoint is picked. */
export type LoadBalance = "round_robin" | "random" | "least_request" | "hash";

/** A group of equal HTTP servers. */
export interface ServiceConfig {
  readonly name: string;
  readonly protocol: "http" | "https";
  readonly endpoints: readonly EndpointConfig[];
  readonly loadBalance: LoadBalance;
  /** There with `loadBalance: hash`, and only then. */
  readonly hash?: HashKey;
}

interface Address {
  readonly host: string;
  readonly port?: number;
}

const address = scalar(readAddress, {
  type: "string",
  description: "host:port; the port may be left out when it is that of the service's protocol.",
  examples: ["127.0.0.1:9000", "orders.internal:80", "[::1]:9000"],
});

function readAddress(value: unknown): Address | Complaint {
  if (typeof value !== "string") return new Complaint("must be host:port");
  if (value.includes("://"))
    return new Complaint("must be host:port without a scheme", "the service's protocol says http or https");
  const [, host, digits] = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(value) ?? [];
  if (host === undefined) return new Complaint("must be host:port", "as in 127.0.0.1:9000 or [::1]:9000");
  if (digits === undefined) return { host };
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host, port } : new Complaint("has a port outside 1 to 65535");
}

const weight = integer("Its share of the requests, against the other endpoints' weights.", 0, 1_000_000).prefault(1);

const endpoint = z.union([
  address.transform((read) => ({ ...read, weight: 1 })),
  z.strictObject({ address, weight }).transform((read) => ({ ...read.address, weight: read.weight })),
]);

const source = z.literal(true).describe("By the client's address.");

const hash: z.ZodType<HashKey> = exactlyOne(
  {
    header: text("By this header."),
    cookie: text("By this cookie."),
    query: text("By this query parameter."),
    source_ip: source,
  },
  "What requests are spread by.",
);

/** One entry of `services`. */
export const service: z.ZodType<ServiceConfig> = makes<ServiceConfig>()(
  z
    .strictObject({
      name: name("The service's name, for routes."),
      protocol: word(["http", "https"], "How the endpoints are spoken to.").prefault("http"),
      endpoints: someOf(endpoint, "The servers: host:port, or { address, weight }."),
      loadBalance: word(["round_robin", "random", "least_request", "hash"], "How an endpoint is picked.").prefault(
        "round_robin",
      ),
      hash: hash.exactOptional(),
    })
    .transform((written, context): ServiceConfig => {
      if ((written.loadBalance === "hash") !== (written.hash !== undefined)) {
        const message = "loadBalance: hash and hash belong together";
        context.issues.push({ code: "custom", message, input: written });
      }
      const fallback = written.protocol === "https" ? 443 : 80;
      return { ...written, endpoints: written.endpoints.map((read) => ({ ...read, port: read.port ?? fallback })) };
    }),
);
