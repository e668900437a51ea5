/**
 * An identity provider alone: `bun identity-provider-main.ts SETTINGS`, with {@link IdentitySettings} as JSON. Resources that end in
 * `/opaque` get opaque tokens, all others JWTs; everybody may sign in, under whatever name.
 */
import { importJWK, type JWK, jwtVerify } from "jose";
import OidcProvider, { type Context, type ResourceServerInfo } from "oidc-provider";

/** What the process is told. */
export interface IdentitySettings {
  readonly port: number;
  /** Private keys; the first one that fits signs. */
  readonly keys: readonly JWK[];
  readonly clients: readonly object[];
}

const settings: IdentitySettings = JSON.parse(process.argv[2] ?? "");
const issuer = `http://127.0.0.1:${settings.port}`;
const SCOPES = "mcp:tools mcp:write";

function resourceInfo(resource: string): ResourceServerInfo {
  const opaque = resource.endsWith("/opaque");
  return {
    scope: SCOPES,
    audience: resource,
    accessTokenFormat: opaque ? "opaque" : "jwt",
    ...(opaque ? {} : { jwt: { sign: { alg: "RS256" } } }),
  };
}

const provider = new OidcProvider(issuer, {
  clients: settings.clients,
  jwks: { keys: settings.keys },
  cookies: { keys: ["for tests alone"] },
  scopes: ["openid", "offline_access", ...SCOPES.split(" ")],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    registration: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (_: unknown, resource: string) => resourceInfo(resource),
    },
  },
  pkce: { required: () => true },
  // A name is all there is of an account.
  findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

/** Who a token of this provider's speaks of. */
async function subjectOf(token: string): Promise<string> {
  if (token.split(".").length !== 3) return (await provider.AccessToken.find(token))?.accountId ?? "";
  const { kty, n, e } = settings.keys[0] ?? {};
  if (kty === undefined || n === undefined || e === undefined) throw new Error("The first key must be of RSA.");
  const { payload } = await jwtVerify(token, await importJWK({ kty, n, e }, "RS256"), { issuer });
  return payload.sub ?? "";
}

async function exchange(context: Context): Promise<void> {
  const { subject_token: token = "", resource = "", scope } = context.oidc.params;
  const accountId = await subjectOf(token).catch(() => "");
  if (accountId === "") throw new OidcProvider.errors.InvalidGrant("the subject token does not hold");
  const granted = new provider.AccessToken({
    accountId,
    client: context.oidc.client,
    ...(scope === undefined ? {} : { scope }),
  });
  granted.resourceServer = new provider.ResourceServer(resource, resourceInfo(resource));
  context.body = {
    access_token: await granted.save(),
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: 600,
  };
}

provider.registerGrantType("urn:ietf:params:oauth:grant-type:token-exchange", exchange, [
  "subject_token",
  "subject_token_type",
  "requested_token_type",
  "resource",
  "audience",
  "scope",
]);

provider.listen(settings.port, "127.0.0.1", () => console.log("listening"));
