import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import type { JsonObject } from "#src/core/json.ts";
import type { FakeClock } from "#tests/support/fake-clock.ts";

/** A request to the token or introspection endpoint. */
export interface AskedOf {
  readonly url: string;
  readonly form: URLSearchParams;
  readonly authorization: string | null;
}

type Answer = JsonObject | { readonly status: number; readonly body: JsonObject };

/** An authorization server without a network: `fetch` is the way to it. */
export class FakeIssuer {
  readonly issuer: string;
  /** Every URL that was asked for, in order. */
  readonly asked: string[] = [];
  readonly forms: AskedOf[] = [];
  /** What the token endpoint answers. */
  onToken: (asked: AskedOf) => Answer = () => ({ status: 400, body: { error: "unsupported_grant_type" } });
  onIntrospect: (asked: AskedOf) => Answer = () => ({ active: false });
  onRegister: () => Answer = () => ({ status: 403, body: { error: "access_denied" } });
  readonly registrations: unknown[] = [];
  /** What the metadata says beside the endpoints; undefined takes a field away. */
  metadata: Record<string, unknown> = {};
  down = false;
  readonly #clock: FakeClock;
  #keys: { readonly kid: string; readonly privateKey: CryptoKey; readonly jwk: JWK }[] = [];

  constructor(clock: FakeClock, issuer = "https://login.example.com") {
    this.#clock = clock;
    this.issuer = issuer;
  }

  /** Takes the place of all keys before, unless `keep`. */
  async rotate(kid: string, alg = "ES256", keep = false): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
    this.#keys = [...(keep ? this.#keys : []), { kid, privateKey, jwk }];
  }

  /** A token signed by the newest key; `claims` may take out or replace what is there. */
  sign(claims: JWTPayload = {}, header: { typ?: string; kid?: string | undefined } = {}): Promise<string> {
    const key = this.#keys.at(-1);
    if (key === undefined) throw new Error("There is no key yet.");
    const now = Math.floor(this.#clock.now() / 1000);
    const payload = { iss: this.issuer, sub: "alice", iat: now, exp: now + 600, ...claims };
    const { kid, typ = "at+jwt" } = { kid: key.kid, ...header };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: key.jwk.alg ?? "", typ, ...(kid === undefined ? {} : { kid }) })
      .sign(key.privateKey);
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.asked.push(url);
    if (this.down) throw new TypeError("connection refused");
    const { pathname } = new URL(url);
    if (pathname === "/jwks") return Response.json({ keys: this.#keys.map(({ jwk }) => jwk) });
    if (pathname === "/token" || pathname === "/introspect") return this.#form(url, pathname, init);
    if (pathname === "/reg") return this.#register(init);
    if (pathname.startsWith("/.well-known/oauth-authorization-server")) return Response.json(this.#document());
    return new Response("", { status: 404 });
  };

  #form(url: string, pathname: string, init: RequestInit): Response {
    if (typeof init.body !== "string") throw new Error("expected a form");
    const asked = {
      url,
      form: new URLSearchParams(init.body),
      authorization: new Headers(init.headers).get("authorization"),
    };
    this.forms.push(asked);
    return answered(pathname === "/token" ? this.onToken(asked) : this.onIntrospect(asked));
  }

  #register({ body }: RequestInit): Response {
    if (typeof body !== "string") throw new Error("expected JSON");
    this.registrations.push(JSON.parse(body));
    return answered(this.onRegister());
  }

  #document(): Record<string, unknown> {
    const at = (path: string): string => new URL(path, this.issuer).href;
    return {
      issuer: this.issuer,
      jwks_uri: at("/jwks"),
      token_endpoint: at("/token"),
      authorization_endpoint: at("/authorize"),
      introspection_endpoint: at("/introspect"),
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
      ...this.metadata,
    };
  }
}

function answered(answer: Answer): Response {
  const { status, body } = answer;
  return typeof status === "number" && body !== undefined ? Response.json(body, { status }) : Response.json(answer);
}
