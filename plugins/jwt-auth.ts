import { errors, type JWTPayload } from "jose";
import { z } from "zod";
import { type Call, definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";
import { anyText, duration, flag, httpUrl, integer, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf, trying } from "#src/core/settings/shapes.ts";
import {
  allowRules,
  type AllowRule,
  consumerHooks,
  consumerName,
  type ConsumerRules,
  globalAuth,
} from "./auth/consumer-rules.ts";
import { inlineKeys, type KeySource, remoteKeys, verified } from "./auth/jwk-sets.ts";
import { serviceAddress } from "./auth/service-address.ts";
import { type Found, type TokenPlaces, tokensIn, withoutToken } from "./auth/token-places.ts";

interface ClaimHeader {
  readonly claim: string;
  readonly header: string;
  readonly override: boolean;
}

interface RemoteJwks {
  readonly service_name: string;
  readonly service_host?: string;
  readonly service_port: number;
  readonly path: string;
}

interface JwtConsumer extends TokenPlaces {
  readonly name: string;
  readonly jwks?: string;
  readonly jwks_uri?: string;
  readonly remote_jwks?: RemoteJwks;
  readonly jwks_cache_duration: number;
  readonly jwks_fetch_timeout: number;
  readonly issuer?: string;
  readonly claims_to_headers: readonly ClaimHeader[];
  readonly clock_skew_seconds: number;
  readonly keep_token: boolean;
}

interface Options extends ConsumerRules {
  readonly consumers: readonly JwtConsumer[];
}

const consumer = makes<JwtConsumer>()(
  z
    .strictObject({
      name: consumerName,
      jwks: text("The keys, as a JWKS.").exactOptional(),
      jwks_uri: httpUrl("Where the keys are, as a JWKS; looked up again when they change.").exactOptional(),
      remote_jwks: makes<RemoteJwks>()(
        z.strictObject({
          service_name: text("A configured service."),
          service_host: text("The Host it is asked by.").exactOptional(),
          service_port: integer("Its port.", 1, 65_535).prefault(443),
          path: text("The path of the JWKS."),
        }),
      )
        .describe("The same, of a service.")
        .exactOptional(),
      jwks_cache_duration: integer("For how many seconds keys that were looked up are used.", 1).prefault(600),
      jwks_fetch_timeout: duration("How long is waited for them.", 1).prefault(1500),
      issuer: text("What the claim iss must be; left out: anything.").exactOptional(),
      claims_to_headers: list(
        makes<ClaimHeader>()(
          z.strictObject({
            claim: text("A claim of the token."),
            header: text("The header that the upstream gets it in."),
            override: flag("Whether it takes the place of the client's own.").prefault(true),
          }),
        ),
        "Claims that the upstream gets as headers.",
      ).prefault([]),
      from_headers: list(
        z.strictObject({
          name: text("A header."),
          value_prefix: anyText("What stands before the token.").prefault(""),
        }),
        "Headers that may hold the token.",
      ).prefault([{ name: "Authorization", value_prefix: "Bearer " }]),
      from_params: list(text("A parameter."), "Query parameters that may hold the token.").prefault(["access_token"]),
      from_cookies: list(text("A cookie."), "Cookies that may hold the token.").prefault([]),
      clock_skew_seconds: integer("By how much clocks may differ.").prefault(60),
      keep_token: flag("Whether the token goes on to the upstream.").prefault(true),
    })
    .superRefine(trying(heldKeys)),
);

function refuse(status: number, message: string, reason: string): LocalReply {
  return LocalReply.refuse(status, message, {
    headers: [["www-authenticate", "Bearer"]],
    reason: `jwt-auth.${reason}`,
  });
}

const missing = refuse(401, "Jwt missing", "missing");
const expired = refuse(401, "Jwt expired", "expired");
const invalid = refuse(401, "Jwt verification fails", "invalid");
const forbidden = refuse(403, "Access Denied", "not_allowed");

/** Lets in who shows a signed token (RFC 7519). */
export const jwtAuth: Plugin<Options, AllowRule> = definePlugin({
  name: "jwt-auth",
  summary: "Lets consumers in by a signed JSON Web Token.",
  phase: "AUTHN",
  priority: 340,
  failStrategy: "FAIL_CLOSE",
  options: z.strictObject({
    global_auth: globalAuth.exactOptional(),
    consumers: someOf(consumer, "Whose tokens are taken; the first whose keys fit."),
  }),
  rules: allowRules<Options>(),
  configure(given, host) {
    const issuers = given.consumers.map((one) => ({ one, source: sourceOf(one, host) }));
    return consumerHooks(given, host.hasRules, forbidden, async (call) => {
      const outcome = await find(call, issuers, host.clock.now());
      if (outcome instanceof LocalReply) return outcome;
      const { one, found, claims } = outcome;
      return { name: one.name, admitted: () => passOn(call, one, found, claims) };
    });
  },
});

function sourceOf(one: JwtConsumer, host: PluginHost): KeySource {
  const { jwks_uri: uri = "", remote_jwks: remote } = one;
  const held = heldKeys(one);
  if (held !== undefined) return held;
  const place = remote === undefined ? placeAt(uri) : placeOf(remote);
  return remoteKeys({ ...place, fresh: one.jwks_cache_duration * 1000, timeout: one.jwks_fetch_timeout }, host);
}

/** The keys that stand in the configuration itself. Throws an Error when they are none, or keys are wanted from two places. */
function heldKeys({ name, jwks, jwks_uri: uri, remote_jwks: remote }: JwtConsumer): KeySource | undefined {
  if ([jwks, uri, remote].filter((place) => place !== undefined).length !== 1)
    throw new Error(`the consumer '${name}' needs one of jwks, jwks_uri and remote_jwks`);
  if (jwks === undefined) return undefined;
  try {
    return inlineKeys(jwks);
  } catch (error) {
    throw new Error(
      `the keys of the consumer '${name}' cannot be read: ${error instanceof Error ? error.message : ""}`,
      { cause: error },
    );
  }
}

interface KeyPlace {
  readonly upstream: string;
  readonly authority?: string;
  readonly path: string;
}

function placeAt(uri: string): KeyPlace {
  const { origin, pathname, search } = new URL(uri);
  return { upstream: origin, path: pathname + search };
}

function placeOf({ service_name: name, service_host: authority, service_port: port, path }: RemoteJwks): KeyPlace {
  return { upstream: serviceAddress(name, port), ...(authority === undefined ? {} : { authority }), path };
}

interface Issuer {
  readonly one: JwtConsumer;
  readonly source: KeySource;
}

interface Known {
  readonly one: JwtConsumer;
  readonly found: Found;
  readonly claims: JWTPayload;
}

/** Whose token the request shows; else what is wrong with those it shows. */
async function find(call: Call, issuers: readonly Issuer[], now: number): Promise<Known | LocalReply> {
  let refusal = missing;
  for (const { one, source } of issuers) {
    const { issuer, clock_skew_seconds: clockTolerance } = one;
    const options = { clockTolerance, currentDate: new Date(now), ...(issuer === undefined ? {} : { issuer }) };
    for (const found of tokensIn(call.request, one)) {
      try {
        return { one, found, claims: await verified(found.token, source, options) };
      } catch (error) {
        if (error instanceof errors.JWTExpired) refusal = expired;
        else if (refusal === missing) refusal = invalid;
      }
    }
  }
  return refusal;
}

function passOn(
  call: Call,
  { claims_to_headers: wanted, keep_token: keep }: JwtConsumer,
  found: Found,
  claims: JWTPayload,
): void {
  const { headers } = call.request;
  for (const { claim, header, override } of wanted) {
    const value = claims[claim];
    if (!override && headers.has(header.toLowerCase())) continue;
    // What the client sends under this name must not pass for a claim.
    if (value === undefined) headers.delete(header.toLowerCase());
    else headers.set(header.toLowerCase(), typeof value === "string" ? value : JSON.stringify(value));
  }
  if (!keep) withoutToken(call.request, found);
}
