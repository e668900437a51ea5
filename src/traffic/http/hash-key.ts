import type { Exchange } from "#src/core/exchange.ts";
import type { HashSource } from "./http-options.ts";

/** What requests are spread by. */
export interface HashKeys {
  /** Undefined: the request has none, and goes anywhere. */
  of(exchange: Exchange): string | undefined;
  /** Adds the cookie that the client is given, where it had none to go by. */
  give(exchange: Exchange, headers: Headers): void;
}

type Source<Kind extends string> = Extract<HashSource, Readonly<Record<Kind, unknown>>>;

/** Throws an Error when a cookie to be given cannot be written. */
export function hashKeys(source: HashSource): HashKeys {
  if ("cookie" in source && source.ttl !== undefined) return givenCookies(source, source.ttl);
  return { of: (exchange) => keyOf(source, exchange), give() {} };
}

function keyOf(source: HashSource, { request, host, path, search, connection }: Exchange): string | undefined {
  if ("uri" in source) return path + search;
  if ("host" in source) return host;
  if ("header" in source) return request.headers.get(source.header) ?? undefined;
  if ("query" in source) return new URLSearchParams(search).get(source.query) ?? undefined;
  if ("cookie" in source) return cookieOf(request, source.cookie);
  return connection.remoteAddress;
}

/** A client without the cookie gets one, and its request goes where the next one with the cookie will. */
function givenCookies(source: Source<"cookie">, ttl: number): HashKeys {
  const { cookie: name, path = "/" } = source;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || !/^[\x20-\x3a\x3c-\x7e]*$/.test(path))
    throw new Error("a cookie's name and path must be such that it can be written");
  const age = ttl === 0 ? "" : `; Max-Age=${Math.ceil(ttl / 1000)}`;
  const given = new WeakMap<Exchange, string>();
  return {
    of(exchange) {
      const known = cookieOf(exchange.request, name) ?? given.get(exchange);
      if (known !== undefined) return known;
      const made = crypto.randomUUID().replaceAll("-", "").slice(16);
      given.set(exchange, made);
      return made;
    },
    give(exchange, headers) {
      const value = given.get(exchange);
      if (value !== undefined) headers.append("set-cookie", `${name}=${value}${age}; Path=${path}; HttpOnly`);
    },
  };
}

/** The value of a cookie; one without a value is as good as none. */
function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    if (value !== "") return value;
  }
  return undefined;
}
