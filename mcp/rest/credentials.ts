import type { HeaderList, HeaderView } from "#src/core/header-list.ts";
import type { RestServer, RestTool, SecurityRequirement, SecurityScheme } from "./format.ts";
import { escaped } from "./parameters.ts";

/** Where credentials are written. */
export interface Outgoing {
  url: string;
  readonly headers: HeaderList;
}

/** A call that would go out without what it must show. The message names the scheme, and no secret. */
export class CredentialError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CredentialError";
  }
}

/**
 * Writes a call's credentials into its request and answers them, so that they can be kept out of texts. Throws a {@link CredentialError} when
 * one is missing.
 */
export type Authorize = (outgoing: Outgoing, client: HeaderView) => readonly string[];

/** How calls of a tool show who they come from. Throws an Error for requirements that name no scheme. */
export function authorizationOf(server: RestServer, tool: RestTool): Authorize {
  const schemes = new Map((server.securitySchemes ?? []).map((scheme) => [scheme.id, scheme]));
  const downstream = tool.security ?? server.defaultDownstreamSecurity;
  const upstream =
    tool.requestTemplate?.security ??
    server.defaultUpstreamSecurity ??
    (downstream?.passthrough === true ? downstream : undefined);
  const passed = downstream?.passthrough === true ? schemeOf(schemes, downstream.id) : undefined;
  const steps = upstream === undefined ? [] : stepsOf(schemes, upstream, passed);
  const passesHeader = server.passthroughAuthHeader === true;
  return (outgoing, client) => {
    const used = steps.flatMap((step) => step(outgoing, client));
    const header = passesHeader ? client.get("authorization") : null;
    if (header === null || outgoing.headers.has("authorization")) return used;
    outgoing.headers.set("authorization", header);
    return [...used, header];
  };
}

/** Answers the credential, and how it is written. */
type Step = (outgoing: Outgoing, client: HeaderView) => readonly string[];

function stepsOf(
  schemes: ReadonlyMap<string, SecurityScheme>,
  requirement: SecurityRequirement,
  passed: SecurityScheme | undefined,
): readonly Step[] {
  const scheme = schemeOf(schemes, requirement.id);
  const from = requirement.passthrough === true ? (passed ?? scheme) : passed;
  if (from?.in === "query" && from.type === "apiKey") {
    throw new Error(`the key of the scheme '${from.id}' stands in the query, from where it cannot be passed through`);
  }
  const write = writerOf(scheme);
  const configured = (requirement.credential ?? scheme.defaultCredential ?? "").trim();
  const own: Step = (outgoing, client) => {
    const given = from === undefined ? undefined : credentialIn(client, from);
    const credential = given ?? configured;
    if (credential === "") throw new CredentialError(missing(scheme, from));
    return [credential, write(outgoing, credential, given !== undefined)];
  };
  return [own, ...(requirement.and ?? []).flatMap((other) => stepsOf(schemes, other, undefined))];
}

function schemeOf(schemes: ReadonlyMap<string, SecurityScheme>, id: string): SecurityScheme {
  const scheme = schemes.get(id);
  if (scheme !== undefined) return scheme;
  const known = [...schemes.keys()].map((one) => `'${one}'`).join(", ");
  throw new Error(
    `there is no security scheme '${id}'${known === "" ? "; server.securitySchemes lists them" : `, but ${known}`}`,
  );
}

function missing(scheme: SecurityScheme, from: SecurityScheme | undefined): string {
  if (from === undefined)
    return `The security scheme '${scheme.id}' has no credential. Whoever runs the gateway must set one.`;
  const where =
    from.type === "http"
      ? `an Authorization header of type ${from.scheme ?? "bearer"}`
      : `the header ${from.name ?? ""}`;
  return `The security scheme '${scheme.id}' takes the credential of the client, which sent none: ${where} is missing.`;
}

/** The credential that a client shows; undefined when there is none of the kind. */
function credentialIn(
  client: HeaderView,
  { type, scheme = "bearer", in: place, name = "" }: SecurityScheme,
): string | undefined {
  if (type === "http") {
    const [, kind = "", value = ""] = /^(\S+)\s+(\S.*)$/.exec(client.get("authorization") ?? "") ?? [];
    return kind.toLowerCase() === scheme ? value.trim() : undefined;
  }
  if (place === "cookie") {
    const pairs = (client.get("cookie") ?? "").split(";").map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
  }
  return client.get(name.toLowerCase()) || undefined;
}

/** Answers what it has written. */
type Write = (outgoing: Outgoing, credential: string, given: boolean) => string;

function writerOf({ id, type, scheme, in: place, name }: SecurityScheme): Write {
  if (type === "http") {
    const written = scheme === "basic" ? basic : bearer;
    return ({ headers }, credential, given) => withHeader(headers, "authorization", written(credential, given));
  }
  if (name === undefined || place === undefined) {
    throw new Error(`the security scheme '${id}' of type apiKey needs 'in' and 'name'`);
  }
  return WRITERS[place](name);
}

const WRITERS: Readonly<Record<NonNullable<SecurityScheme["in"]>, (name: string) => Write>> = {
  header:
    (name) =>
    ({ headers }, credential) =>
      withHeader(headers, name.toLowerCase(), credential),
  cookie:
    (name) =>
    ({ headers }, credential) => {
      headers.set("cookie", [headers.get("cookie"), `${name}=${credential}`].filter(Boolean).join("; "));
      return credential;
    },
  query: (name) => (outgoing, credential) => {
    outgoing.url = withParameter(outgoing.url, escaped(name), escaped(credential));
    return escaped(credential);
  },
};

function withHeader(headers: HeaderList, name: string, value: string): string {
  headers.set(name, value);
  return value;
}

function bearer(credential: string): string {
  return credential.startsWith("Bearer ") ? credential : `Bearer ${credential}`;
}

/** `user:password` is encoded; what was encoded already, as a client's is, stays. */
function basic(credential: string, given: boolean): string {
  if (credential.startsWith("Basic ")) return credential;
  const encoded = given || !credential.includes(":");
  return `Basic ${encoded ? credential : new TextEncoder().encode(credential).toBase64()}`;
}

/** The URL with a parameter, in place of one that has the name already. Name and value are ready for a query. */
export function withParameter(url: string, name: string, value: string): string {
  const at = url.indexOf("?");
  if (at < 0) return `${url}?${name}=${value}`;
  const others = url
    .slice(at + 1)
    .split("&")
    .filter((pair) => pair !== "" && pair !== name && !pair.startsWith(`${name}=`));
  return `${url.slice(0, at)}?${[...others, `${name}=${value}`].join("&")}`;
}
