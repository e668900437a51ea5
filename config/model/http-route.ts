import { z } from "zod";
import { statusPattern } from "./ai-route.ts";
import { absolutePath } from "./match.ts";
import { sticky, type StickyConfig } from "./sticky.ts";
import {
  anyText,
  checkedText,
  Complaint,
  duration,
  flag,
  headerName,
  httpUrl,
  integer,
  name,
  regex,
  scalar,
} from "#src/core/settings/scalars.ts";
import { exactlyOne, list, makes, someOf, table, word } from "#src/core/settings/shapes.ts";

/** How a path is rewritten: its matched prefix, all of it, or what a regular expression finds. */
export type PathRewrite =
  | { readonly prefix: string }
  | { readonly full: string }
  | { readonly regex: string; readonly substitution: string };

/** Headers to set, add to or remove; `set` and `add` keep the names as written. */
export interface HeaderChanges {
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** Further tries of a failed request. */
export interface HttpRetry {
  /** Tries after the first one. */
  readonly attempts: number;
  /** `connect-failure`, `reset`, `timeout` (of one try), `gateway-error`, a status (`429`) or a class (`5xx`). */
  readonly on: readonly string[];
  /** Milliseconds. */
  readonly perTryTimeout?: number;
  /** Methods such as POST are repeated too. */
  readonly nonIdempotent?: boolean;
}

/** A service of a route, with its share. */
export interface ServiceShare {
  readonly name: string;
  readonly weight: number;
  /** Changes for this service alone, after the route's. */
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
}

/** A share of the requests that is answered with an error at once, beside those of the services. */
export interface HttpAbort {
  readonly status: number;
  readonly weight: number;
}

/** A service that gets copies of requests; its answers are thrown away. */
export interface Mirror {
  readonly service: string;
  /** Of the requests, 0 to 100. */
  readonly percent: number;
}

/** A service in the place of the route's own. */
export interface HttpFallback {
  readonly service: string;
  /** Statuses and classes of the route's services after which it is asked; without them only where no endpoint is there. */
  readonly on: readonly string[];
}

/** What a plain HTTP route does. Times are milliseconds, 0 means no limit. */
export interface HttpRoute {
  readonly services: readonly ServiceShare[];
  readonly abort?: HttpAbort;
  /** For the whole exchange; left out: no limit. */
  readonly timeout?: number;
  readonly retry?: HttpRetry;
  readonly sticky?: StickyConfig;
  readonly rewrite?: { readonly path?: PathRewrite; readonly host?: string };
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
  readonly mirror?: readonly Mirror[];
  readonly fallback?: HttpFallback;
  readonly websocket: boolean;
}

/** Sends the client elsewhere; what is left out stays as it was asked for. */
export interface RedirectRoute {
  /** All of it, a query perhaps among it; then alone. */
  readonly url?: string;
  readonly scheme?: "http" | "https";
  readonly host?: string;
  readonly port?: number;
  readonly path?: { readonly prefix: string } | { readonly full: string };
  /** 300 to 308. */
  readonly status: number;
}

/** An answer of the gateway's own. */
export interface DirectResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const headerValue = scalar(
  (value) => {
    const written = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (typeof written !== "string") return new Complaint("must be text");
    return /[\r\n\0]/.test(written) ? new Complaint("must not hold a line break") : written;
  },
  { description: "The header's value.", type: ["string", "number", "boolean"] },
);

const headerTable = table(headerValue, "Header names and values.").superRefine((headers, context) => {
  for (const key of Object.keys(headers)) {
    if (headerName("").safeParse(key).success) continue;
    context.addIssue({ code: "custom", path: [key], message: "is not a header name", params: { atKey: true } });
  }
});

const headerChanges: z.ZodType<HeaderChanges> = makes<HeaderChanges>()(
  z.strictObject({
    set: headerTable.prefault({}).describe("Headers to replace or make."),
    add: headerTable.prefault({}).describe("Values to add to headers."),
    remove: list(headerName("A header's name."), "Headers to take away.").prefault([]),
  }),
);

const hostName = checkedText({ description: "A host name, with a port where one is needed." }, (value) =>
  /^[\w.-]+(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::\d{1,5})?$/.test(value) ? value : new Complaint("is not a host name"),
);

const pathRewrite = z
  .strictObject({
    prefix: absolutePath("Replaces the prefix the route matched.").exactOptional(),
    full: absolutePath("Replaces the whole path.").exactOptional(),
    regex: regex("What to look for in the path; every find is replaced.").exactOptional(),
    substitution: anyText("Replaces what regex found; $1 is its first group.").exactOptional(),
  })
  .transform((written, context): PathRewrite => {
    const shape = Object.keys(written).sort().join("+");
    if (["prefix", "full", "regex+substitution"].includes(shape)) return written as PathRewrite;
    const message = "needs either prefix, or full, or regex with substitution";
    context.issues.push({ code: "custom", message, input: written });
    return z.NEVER;
  });

const RETRY_WORDS = ["connect-failure", "reset", "timeout", "gateway-error"];

const retryCondition = scalar(
  (value) => {
    if (typeof value === "string" && RETRY_WORDS.includes(value)) return value;
    const status = statusPattern.safeParse(value);
    return status.success
      ? status.data
      : new Complaint(`must be ${RETRY_WORDS.join(", ")}, a status as 429 or a class as 5xx`);
  },
  {
    description: "connect-failure, reset, timeout, gateway-error, a status (429) or a class (5xx).",
    anyOf: [{ enum: RETRY_WORDS }, { type: "integer" }, { type: "string", pattern: "^[1-5](\\d\\d|[xX][xX])$" }],
  },
);

const retry: z.ZodType<HttpRetry> = makes<HttpRetry>()(
  z.strictObject({
    attempts: integer("Tries after the first one.", 0, 100).prefault(1),
    on: someOf(retryCondition, "What is tried again.").prefault(["connect-failure", 502, 503, 504]),
    perTryTimeout: duration("The longest time one try may take.", 1).exactOptional(),
    nonIdempotent: flag("Whether methods such as POST are tried again too.").exactOptional(),
  }),
);

const serviceShare: z.ZodType<ServiceShare> = makes<ServiceShare>()(
  z.strictObject({
    name: name("A service's name."),
    weight: integer("Its share of the requests.", 0, 1_000_000).prefault(1),
    requestHeaders: headerChanges.describe("Changes the request's headers for this service alone.").exactOptional(),
    responseHeaders: headerChanges.describe("Changes the headers of this service's answers.").exactOptional(),
  }),
);

const mirror: z.ZodType<Mirror> = makes<Mirror>()(
  z.strictObject({
    service: name("The service that gets copies."),
    percent: z.number().min(0).max(100).describe("Of the requests, 0 to 100.").prefault(100),
  }),
);

const abort: z.ZodType<HttpAbort> = makes<HttpAbort>()(
  z.strictObject({
    status: integer("The status they get.", 400, 599).prefault(500),
    weight: integer("Their share, against the services' weights.", 0, 1_000_000),
  }),
);

const fallback: z.ZodType<HttpFallback> = makes<HttpFallback>()(
  z.strictObject({
    service: name("The service that is asked instead."),
    on: list(statusPattern, "Answers after which it is asked too: 503, 5xx.").prefault([]),
  }),
);

/** `routes[].http`. */
export const httpRoute: z.ZodType<HttpRoute> = makes<HttpRoute>()(
  z.strictObject({
    services: someOf(serviceShare, "The services requests go to."),
    abort: abort.describe("Requests that get an error, in the place of a service that is not there.").exactOptional(),
    timeout: duration("The longest time for the whole exchange; left out or 0: no limit.").exactOptional(),
    retry: retry.describe("Tries again what failed before its answer began.").exactOptional(),
    sticky: sticky.describe("Keeps a client's requests at the endpoint that began its session.").exactOptional(),
    rewrite: z
      .strictObject({
        path: pathRewrite.describe("The new path: prefix, full, or regex with substitution.").exactOptional(),
        host: hostName.exactOptional(),
      })
      .describe("Changes what the service sees.")
      .exactOptional(),
    requestHeaders: headerChanges.describe("Changes the request's headers.").exactOptional(),
    responseHeaders: headerChanges.describe("Changes the answer's headers.").exactOptional(),
    mirror: list(mirror, "Services that get copies of requests.").exactOptional(),
    fallback: fallback.describe("Who is asked where the services cannot answer.").exactOptional(),
    websocket: flag("Whether WebSockets may pass.").prefault(true),
  }),
);

/** `routes[].redirect`. */
export const redirectRoute: z.ZodType<RedirectRoute> = makes<RedirectRoute>()(
  z
    .strictObject({
      scheme: word(["http", "https"], "The new scheme.").exactOptional(),
      host: hostName.exactOptional(),
      port: integer("The new port.", 1, 65_535).exactOptional(),
      path: exactlyOne(
        {
          prefix: absolutePath("Replaces the prefix the route matched."),
          full: absolutePath("Replaces the whole path."),
        },
        "The new path.",
      ).exactOptional(),
      url: httpUrl("The whole address, with a query if you like; then without the others.").exactOptional(),
      status: integer("The status: 300 to 308.", 300, 308).prefault(302),
    })
    .superRefine(({ scheme, host, port, path, url }, context) => {
      const parts = (scheme ?? host ?? port ?? path) !== undefined;
      if (parts !== (url !== undefined)) return;
      context.addIssue({ code: "custom", message: "needs url, or at least one of scheme, host, port, path" });
    }),
);

/** `routes[].response`. */
export const directResponse: z.ZodType<DirectResponse> = makes<DirectResponse>()(
  z
    .strictObject({
      status: integer("The status.", 200, 599),
      headers: headerTable.prefault({}),
      body: anyText("The body, as text.").exactOptional(),
    })
    .superRefine(({ status, body }, context) => {
      if (body === undefined || ![204, 205, 304].includes(status)) return;
      context.addIssue({ code: "custom", path: ["body"], message: `is not allowed with status ${status}` });
    }),
);
