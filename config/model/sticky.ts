import { z } from "zod";
import { duration, headerName, text } from "#src/core/settings/scalars.ts";
import { makes, word } from "#src/core/settings/shapes.ts";

/** Keeps a client's requests at the endpoint that began its session. */
export interface StickyConfig {
  readonly header?: string;
  readonly query?: string;
  readonly cookie?: string;
  readonly body?: string;
  readonly whenGone: "fail" | "rebalance";
  /** Milliseconds. */
  readonly ttl: number;
}

const written = z.strictObject({
  header: headerName("The header that holds the key, in answers and requests: mcp-session-id.").exactOptional(),
  query: text(
    "The query parameter that holds the key: in requests, and in the URL that an SSE stream's endpoint event tells.",
  ).exactOptional(),
  cookie: text("The cookie that holds the key.").exactOptional(),
  body: text(
    "The member of a JSON answer that tells the key, for a client that then sends it elsewhere.",
  ).exactOptional(),
  whenGone: word(
    ["fail", "rebalance"],
    "When the endpoint is gone: 404, so that the client begins anew, or another endpoint. With a cookie alone: rebalance, else fail.",
  ).exactOptional(),
  ttl: duration("How long a key is good.", 1000).prefault("7d"),
});

/** `routes[].http.sticky`. */
export const sticky: z.ZodType<StickyConfig> = makes<StickyConfig>()(
  written.transform((read, context): StickyConfig => {
    const { header, query, cookie } = read;
    if ((header ?? query ?? cookie) === undefined) {
      const message = "needs at least one of header, query, cookie, where requests hold the key";
      context.issues.push({ code: "custom", message, input: read });
    }
    const onlyCookie = (header ?? query) === undefined;
    return { ...read, whenGone: read.whenGone ?? (onlyCookie ? "rebalance" : "fail") };
  }),
);
