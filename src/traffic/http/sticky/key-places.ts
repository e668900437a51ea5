import type { StickyOptions } from "../http-options.ts";
import { cookieSpan, type KeySpan, querySpan, respelled } from "./key-span.ts";

/** What of a request may carry a session key. */
export interface KeyCarrier {
  /** With its `?`, or empty. */
  search: string;
  readonly headers: Headers;
}

/** A place of a request where a session key may stand. */
export interface KeyPlace {
  /** Undefined: there is none. */
  read(carrier: KeyCarrier): string | undefined;
  write(carrier: KeyCarrier, key: string): void;
}

/** The places that are looked at, in this order. */
export function keyPlaces({ header, query, cookie }: StickyOptions): readonly KeyPlace[] {
  return [
    ...(header === undefined ? [] : [headerPlace(header)]),
    ...(query === undefined ? [] : [queryPlace(query)]),
    ...(cookie === undefined ? [] : [cookiePlace(cookie)]),
  ];
}

function headerPlace(name: string): KeyPlace {
  return {
    read: ({ headers }) => headers.get(name) ?? undefined,
    write: ({ headers }, key) => headers.set(name, key),
  };
}

function queryPlace(name: string): KeyPlace {
  return {
    read: ({ search }) => valueAt(search, querySpan(search, name)),
    write(carrier, key) {
      const span = querySpan(carrier.search, name);
      if (span !== undefined) carrier.search = respelled(carrier.search, span, key);
    },
  };
}

function cookiePlace(name: string): KeyPlace {
  return {
    read({ headers }) {
      const header = headers.get("cookie") ?? "";
      return valueAt(header, cookieSpan(header, name));
    },
    write({ headers }, key) {
      const header = headers.get("cookie") ?? "";
      const span = cookieSpan(header, name);
      if (span !== undefined) headers.set("cookie", respelled(header, span, key));
    },
  };
}

function valueAt(text: string, span: KeySpan | undefined): string | undefined {
  return span && text.slice(span.from, span.to);
}
