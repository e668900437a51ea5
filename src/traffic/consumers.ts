import { Fault } from "../core/fault.ts";
import type { Exchange } from "../core/exchange.ts";
import type { LiveExchange } from "./live-exchange.ts";

/** Somebody with keys to the gateway's AI routes. */
export interface Consumer {
  readonly name: string;
  /** Keys as text, or as `sha256:` and 64 hex digits. */
  readonly credentials: readonly string[];
}

/** A consumer that was found by a key. */
export interface Identified {
  readonly name: string;
  /** Takes the key out of the request: what stands behind the gateway must not see it. */
  hide(exchange: LiveExchange): void;
}

/** Finds the consumer of a request. */
export interface Consumers {
  /** No consumers are configured, so AI routes are open. */
  readonly empty: boolean;
  /** Undefined for an unknown key or none. Of several keys the first one that is known counts: beside it there may be a token of OAuth's. */
  identify(exchange: Exchange): Promise<Identified | undefined>;
}

const HASHED = "sha256:";

/**
 * The index of consumers by the SHA-256 of their keys. What is compared is the digest of what came in: how long a look-up takes tells
 * nothing of a key.
 */
export async function createConsumers(consumers: readonly Consumer[]): Promise<Consumers> {
  const names = new Map<string, string>();
  for (const { name, credentials } of consumers) {
    for (const credential of credentials) {
      const digest = credential.startsWith(HASHED)
        ? credential.slice(HASHED.length).toLowerCase()
        : await sha256(credential);
      names.set(digest, name);
    }
  }
  return {
    empty: consumers.length === 0,
    async identify(exchange) {
      for (const { keyIn, hide } of PLACES) {
        const key = keyIn(exchange);
        const name = key === undefined ? undefined : names.get(await sha256(key));
        if (name !== undefined) return { name, hide };
      }
      return undefined;
    },
  };
}

/** The fault of a request that shows no key, or none we know. */
export function unauthenticated(exchange: Exchange): Fault {
  const shown = PLACES.some(({ keyIn }) => keyIn(exchange) !== undefined);
  return new Fault(
    "unauthenticated",
    shown
      ? "The API key is not known to this gateway. Use the key its operator gave you."
      : "An API key is needed: send it as 'Authorization: Bearer KEY', 'x-api-key', 'x-goog-api-key', 'api-key' or '?key='.",
  );
}

/** Where clients of Anthropic, of Google and of Azure put their key. */
export const KEY_HEADERS = ["x-api-key", "x-goog-api-key", "api-key"] as const;

/** Where a key may stand. */
interface KeyPlace {
  keyIn(this: void, exchange: Exchange): string | undefined;
  hide(this: void, exchange: LiveExchange): void;
}

const PLACES: readonly KeyPlace[] = [
  {
    keyIn: ({ request }) => bearerOf(request.headers),
    hide: ({ request }) => request.headers.delete("authorization"),
  },
  ...KEY_HEADERS.map((name): KeyPlace => ({
    keyIn: ({ request }) => request.headers.get(name) ?? undefined,
    hide: ({ request }) => request.headers.delete(name),
  })),
  {
    keyIn: ({ request }) => subprotocolKey(request.headers),
    hide: ({ request }) => hideSubprotocolKey(request.headers),
  },
  {
    keyIn: ({ search }) =>
      search.includes("key=") ? (new URLSearchParams(search).get("key") ?? undefined) : undefined,
    hide(exchange) {
      exchange.search = withoutKey(exchange.search);
    },
  },
];

/** How OpenAI's clients in browsers, whose WebSockets have no headers of their own, show a key: as one of the subprotocols they offer. */
const KEY_PROTOCOL = "openai-insecure-api-key.";

function subprotocolKey(headers: Headers): string | undefined {
  const offered = headers.get("sec-websocket-protocol");
  if (offered === null || !offered.includes(KEY_PROTOCOL)) return undefined;
  return namesIn(offered)
    .find((name) => name.startsWith(KEY_PROTOCOL))
    ?.slice(KEY_PROTOCOL.length);
}

function hideSubprotocolKey(headers: Headers): void {
  const others = namesIn(headers.get("sec-websocket-protocol") ?? "").filter((name) => !name.startsWith(KEY_PROTOCOL));
  if (others.length === 0) headers.delete("sec-websocket-protocol");
  else headers.set("sec-websocket-protocol", others.join(", "));
}

function namesIn(list: string): string[] {
  return list.split(",").map((name) => name.trim());
}

/** A query without the key a client may have put there. */
export function withoutKey(search: string): string {
  if (!search.includes("key=")) return search;
  const query = new URLSearchParams(search);
  query.delete("key");
  return query.size === 0 ? "" : `?${query.toString()}`;
}

function bearerOf(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  return authorization !== null && /^bearer\s/i.test(authorization) ? authorization.slice(7).trim() : undefined;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
