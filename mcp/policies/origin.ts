import { z } from "zod";
import type { Exchange } from "#src/core/exchange.ts";
import { McpRefusal, type McpPolicy, type OriginCheck } from "#src/core/mcp/policy.ts";
import { Complaint, checkedText } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";

/** The settings of `origin`. */
export interface OriginSettings {
  /** Origins of pages that may ask: `https://app.example`, `https://*.app.example`, `*`. */
  readonly allow: readonly string[];
  /** Names under which the server is reached: `mcp.example`, `*.mcp.example`, `*`. Empty: see {@link createOriginCheck}. */
  readonly hosts: readonly string[];
}

const WHOLE_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?:\*\.)?[^\s/*@?#]+$/i;

const origin = checkedText(
  {
    description: "The origin of a page, `https://*.app.example` for all below a name, or `*`.",
    examples: ["https://app.example"],
  },
  (value) =>
    value === "*" || value === "null" || WHOLE_ORIGIN.test(value)
      ? value.toLowerCase()
      : new Complaint("is not an origin", "as in https://app.example, without a path"),
);

const host = checkedText(
  { description: "A name of this server, `*.mcp.example` for all below it, or `*`.", examples: ["mcp.example"] },
  (value) =>
    /^(?:\*|(?:\*\.)?[\w.-]+|\[[0-9a-f:.]+\])$/i.test(value)
      ? value.toLowerCase()
      : new Complaint("is not a host", "as in mcp.example, without a port"),
);

/** The policy `origin`: which pages may ask, and under which names. */
export const originPolicy: McpPolicy<OriginSettings> = {
  field: "origin",
  schema: makes<OriginSettings>()(
    z.strictObject({
      allow: list(origin, "Pages that may ask, beside those of this machine.").default([]),
      hosts: list(
        host,
        "The names this server is reached by; a request to another is refused. Left out: any, but from this machine itself only localhost and its addresses.",
      ).default([]),
    }),
  ),
  absent: { allow: [], hosts: [] },
  create: (_place, settings) => ({ origin: createOriginCheck(settings) }),
};

/** Hosts of this machine, as `Host` and `Origin` write them. */
const LOCAL = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** Response headers a client's script must be able to read. */
const EXPOSED = "mcp-session-id, mcp-protocol-version, www-authenticate, retry-after, x-request-id";

const NOTHING: Readonly<Record<string, string>> = {};

/** What a script may send when it does not say what it will. */
const USUAL_HEADERS =
  "content-type, accept, authorization, x-api-key, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, last-event-id";

/**
 * Protection from foreign pages, which can make a browser ask any server it reaches. A page is let in when its `Origin` is allowed, or is
 * of this machine. A page whose own name was made to lead here (DNS rebinding) has its own name in `Host` too: `hosts` refuses it. Without
 * `hosts`, a request from this machine itself must name this machine; for others every name is taken, as their `Origin` is checked.
 */
function createOriginCheck({ allow, hosts }: OriginSettings): OriginCheck {
  const isAllowed = (value: string): boolean => isLocalOrigin(value) || allow.some((one) => fitsOrigin(one, value));
  // The peer's address is looked at last: only the system knows it.
  const isServed = (exchange: Exchange): boolean => {
    const local = LOCAL.test(exchange.host);
    if (hosts.length === 0) return local || !fromHere(exchange);
    return hosts.some((one) => fits(one, exchange.host)) || (local && fromHere(exchange));
  };
  const originOf = ({ request }: Exchange): string | undefined => request.headers.get("origin")?.toLowerCase();
  return {
    check(exchange) {
      if (!isServed(exchange))
        throw new McpRefusal(403, "This server is not reached by that name. Its operator can add it to origin.hosts.");
      const from = originOf(exchange);
      if (from === undefined || isAllowed(from)) return;
      throw new McpRefusal(
        403,
        "Pages of that origin may not ask this server. Its operator can add it to origin.allow.",
      );
    },
    preflight(exchange) {
      const { method, headers } = exchange.request;
      if (method !== "OPTIONS" || !headers.has("access-control-request-method")) return undefined;
      const from = originOf(exchange);
      if (from === undefined) return undefined;
      if (!isAllowed(from) || !isServed(exchange)) return new Response(null, { status: 403 });
      return new Response(null, {
        status: 204,
        headers: {
          "access-control-allow-methods": "GET, POST, DELETE",
          "access-control-allow-headers": headers.get("access-control-request-headers") ?? USUAL_HEADERS,
          "access-control-max-age": "600",
        },
      });
    },
    headers(exchange): Readonly<Record<string, string>> {
      const from = exchange.request.headers.get("origin");
      if (from === null) return NOTHING;
      if (!isAllowed(from.toLowerCase())) return { vary: "Origin" };
      return { "access-control-allow-origin": from, "access-control-expose-headers": EXPOSED, vary: "Origin" };
    },
  };
}

/** Loopback as the runtimes write a peer's address; asked with every request, so that no address is taken apart for it. */
const LOOPBACK = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/;

/** Whether the peer is this machine. A host that hides its peers is not this machine's. */
function fromHere({ connection: { remoteAddress } }: Exchange): boolean {
  return remoteAddress !== undefined && LOOPBACK.test(remoteAddress);
}

/** A page of this machine: nobody else can serve one under these names. */
function isLocalOrigin(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && LOCAL.test(url.hostname);
}

function fitsOrigin(allowed: string, value: string): boolean {
  const [scheme = "", name = ""] = allowed.split("://");
  if (!name.startsWith("*.")) return allowed === "*" || allowed === value;
  return value.startsWith(`${scheme}://`) && fits(name, value.slice(scheme.length + 3));
}

/** `*.a.example` is every name below, not the name itself. */
function fits(allowed: string, name: string): boolean {
  if (allowed === "*" || allowed === name) return true;
  return allowed.startsWith("*.") && name.length > allowed.length - 1 && name.endsWith(allowed.slice(1));
}
