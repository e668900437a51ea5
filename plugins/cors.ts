import { z } from "zod";
import type { Header, HeaderSink } from "#src/core/header-list.ts";
import { type Call, type CallHeaders, definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import { flag, integer, plainText } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";
import { compilePolicy, type CorsGrant, type CorsOptions, DEFAULT_MAX_AGE } from "./cors-policy.ts";

const entry = plainText("One, or * for all.");

/** As in Higress, what is no time at all is the default. */
const maxAge = integer("Seconds for which browsers may remember a preflight's answer.", -1).transform((seconds) =>
  seconds > 0 ? seconds : DEFAULT_MAX_AGE,
);

const options = makes<CorsOptions>()(
  z.strictObject({
    allow_origins: list(
      entry,
      "Origins that may ask, as in https://example.com:8443. Left out, with allow_origin_patterns left out too: all.",
    ).default([]),
    allow_origin_patterns: list(
      entry,
      "Patterns of origins: https://*.example.com, with ports https://*.example.com:[8080,9090], with any https://*.example.com:[*].",
    ).default([]),
    allow_methods: list(entry, "Methods that may be used.").default([
      "GET",
      "PUT",
      "POST",
      "DELETE",
      "PATCH",
      "OPTIONS",
    ]),
    allow_headers: list(entry, "Headers that requests may have.").default([
      "DNT",
      "X-CustomHeader",
      "Keep-Alive",
      "User-Agent",
      "X-Requested-With",
      "If-Modified-Since",
      "Cache-Control",
      "Content-Type",
      "Authorization",
    ]),
    expose_headers: list(entry, "Headers of answers that pages may read.").default([]),
    allow_credentials: flag("Whether pages may send cookies. Not together with * in allow_origins.").default(false),
    max_age: maxAge.default(DEFAULT_MAX_AGE),
    pass_others: flag(
      "Whether requests that are not allowed pass without leave, so that browsers keep the answers from the page; preflights get 403 still.",
    ).default(false),
  }),
);

/** Cross-origin requests of browsers. */
export const cors: Plugin<CorsOptions> = definePlugin({
  name: "cors",
  summary: "Lets pages of other origins ask, and answers their browsers' preflights.",
  phase: "AUTHZ",
  priority: 340,
  failStrategy: "FAIL_CLOSE",
  options,
  configure(settings, host) {
    const policy = compilePolicy(settings);
    if (policy.withoutCredentials) {
      host.log(
        "warn",
        "allow_credentials does not go with * in allow_origins and is off: write allow_origin_patterns.",
      );
    }
    return {
      hooks: ["requestHeaders", "responseHeaders"],
      open() {
        let granted: CorsGrant | undefined;
        return {
          requestHeaders(call) {
            const question = questionOf(call);
            if (question === undefined) return undefined;
            const grant = policy.ask(question);
            if (grant === undefined && settings.pass_others && !question.preflight) return undefined;
            if (grant === undefined)
              return LocalReply.refuse(403, "Invalid CORS request", { reason: "cors.forbidden" });
            granted = grant;
            if (!grant.preflight) return undefined;
            return LocalReply.respond(200, "", { headers: linesOf(grant), reason: "cors.preflight" });
          },
          responseHeaders({ response }) {
            if (response === undefined) return;
            for (const name of UPSTREAMS_OWN) response.headers.delete(name);
            addVary(response.headers);
            for (const [name, value] of granted === undefined ? [] : linesOf(granted)) {
              if (name !== "vary") response.headers.set(name, value);
            }
          },
        };
      },
    };
  },
});

/** The gateway speaks for the upstream: two answers to one question are an error to browsers. */
const UPSTREAMS_OWN = [
  "access-control-allow-origin",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-allow-credentials",
  "access-control-expose-headers",
  "access-control-max-age",
];

/** What a browser asks with a request from another origin; undefined when it asks nothing. */
function questionOf(call: Call) {
  const { method, headers } = call.request;
  const origin = (headers.get("origin") ?? "").trim().replace(/\/$/, "");
  if (origin === "" || (URL.canParse(origin) && new URL(origin).origin === ownOrigin(call))) return undefined;
  const asked = (headers.get("access-control-request-method") ?? "").trim();
  const preflight = method.toUpperCase() === "OPTIONS" && asked !== "";
  const names = (headers.get("access-control-request-headers") ?? "").split(",").map((name) => name.trim());
  return { origin, preflight, method: preflight ? asked : method, headers: names.filter((name) => name !== "") };
}

/** Without the scheme's own port. */
function ownOrigin({ request, connection }: Call): string | undefined {
  const [forwarded = ""] = (request.headers.get("x-forwarded-proto") ?? "").split(",", 1);
  const scheme = forwarded.trim().toLowerCase() || (connection.secure ? "https" : "http");
  const url = `${scheme}://${request.headers.get("host") ?? request.host}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

function linesOf(grant: CorsGrant): readonly Header[] {
  const lines: Header[] = [["access-control-allow-origin", grant.origin]];
  if (grant.methods !== "") lines.push(["access-control-allow-methods", grant.methods]);
  if (grant.headers !== "") lines.push(["access-control-allow-headers", grant.headers]);
  if (grant.expose !== "") lines.push(["access-control-expose-headers", grant.expose]);
  if (grant.credentials) lines.push(["access-control-allow-credentials", "true"]);
  if (grant.maxAge !== undefined) lines.push(["access-control-max-age", String(grant.maxAge)]);
  lines.push(["vary", "Origin"]);
  return lines;
}

/** Answers differ by origin, those to requests without one as well: caches must know. */
function addVary(headers: HeaderSink & Pick<CallHeaders, "append">): void {
  if (!/(?:^|[\s,])(?:origin|\*)(?:[\s,]|$)/i.test(headers.get("vary") ?? "")) headers.append("vary", "Origin");
}
