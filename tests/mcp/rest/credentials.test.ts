import { describe, expect, test } from "bun:test";
import { HeaderList } from "#src/core/header-list.ts";
import type { RestServer, RestTool, SecurityScheme } from "#mcp/rest/format.ts";
import { authorizationOf, CredentialError, type Outgoing } from "#mcp/rest/credentials.ts";

const SCHEMES: readonly SecurityScheme[] = [
  { id: "Basic", type: "http", scheme: "basic", defaultCredential: "admin:secret" },
  { id: "Encoded", type: "http", scheme: "basic", defaultCredential: "YWRtaW46c2VjcmV0" },
  { id: "Bearer", type: "http", scheme: "bearer", defaultCredential: "tok" },
  { id: "Header", type: "apiKey", in: "header", name: "X-Custom-Key", defaultCredential: "abc" },
  { id: "Query", type: "apiKey", in: "query", name: "api_token", defaultCredential: "u&v" },
  { id: "Cookie", type: "apiKey", in: "cookie", name: "sid", defaultCredential: "c1" },
  { id: "Client", type: "http", scheme: "bearer" },
  { id: "ClientKey", type: "apiKey", in: "header", name: "X-Client" },
  { id: "Bare", type: "apiKey", in: "header", name: "X-Bare" },
];

function sent(
  tool: Partial<RestTool>,
  client: Record<string, string> = {},
  server: Partial<RestServer> = {},
): { url: string; headers: Record<string, string> } {
  const authorize = authorizationOf({ name: "s", securitySchemes: SCHEMES, ...server }, { name: "t", ...tool });
  const outgoing: Outgoing = { url: "https://a.example/x?q=1", headers: new HeaderList() };
  authorize(outgoing, new Headers(client));
  const headers: Record<string, string> = {};
  outgoing.headers.forEach((value, name) => (headers[name] = value));
  return { url: outgoing.url, headers };
}

const upstream = (id: string, credential?: string): Partial<RestTool> => ({
  requestTemplate: { security: { id, ...(credential !== undefined && { credential }) } },
});

describe("configured credentials", () => {
  test("are written as the scheme says", () => {
    expect(sent(upstream("Basic")).headers).toEqual({ authorization: "Basic YWRtaW46c2VjcmV0" });
    expect(sent(upstream("Encoded")).headers).toEqual({ authorization: "Basic YWRtaW46c2VjcmV0" });
    expect(sent(upstream("Bearer")).headers).toEqual({ authorization: "Bearer tok" });
    expect(sent(upstream("Header")).headers).toEqual({ "x-custom-key": "abc" });
    expect(sent(upstream("Query")).url).toBe("https://a.example/x?q=1&api_token=u%26v");
    expect(sent(upstream("Cookie")).headers).toEqual({ cookie: "sid=c1" });
  });

  test("of the tool stand before those of the scheme, and the tool's scheme before the server's", () => {
    expect(sent(upstream("Bearer", "own")).headers).toEqual({ authorization: "Bearer own" });
    expect(sent({}, {}, { defaultUpstreamSecurity: { id: "Header" } }).headers).toEqual({ "x-custom-key": "abc" });
    expect(sent(upstream("Bearer"), {}, { defaultUpstreamSecurity: { id: "Header" } }).headers).toEqual({
      authorization: "Bearer tok",
    });
  });

  test("may be several at a time", () => {
    const tool = { requestTemplate: { security: { id: "Bearer", and: [{ id: "Header" }] } } };
    expect(sent(tool).headers).toEqual({ authorization: "Bearer tok", "x-custom-key": "abc" });
  });

  test("that are missing end the call", () => {
    expect(() => sent(upstream("Bare"))).toThrow(CredentialError);
    expect(() => sent(upstream("Bare"))).toThrow("'Bare' has no credential");
  });

  test("of a scheme that is not there end the start", () => {
    expect(() => sent(upstream("Nope"))).toThrow("there is no security scheme 'Nope', but 'Basic'");
  });
});

describe("the client's credentials", () => {
  const through = (client: string, id: string): Partial<RestTool> => ({
    security: { id: client, passthrough: true },
    requestTemplate: { security: { id } },
  });

  test("are passed through in the API's own way", () => {
    expect(sent(through("Client", "Bare"), { authorization: "bearer  clienttoken" }).headers).toEqual({
      "x-bare": "clienttoken",
    });
    expect(sent(through("ClientKey", "Client"), { "x-client": "k" }).headers).toEqual({ authorization: "Bearer k" });
    expect(sent(through("Basic", "Encoded"), { authorization: "Basic dTpw" }).headers).toEqual({
      authorization: "Basic dTpw",
    });
    expect(sent({ security: { id: "Client", passthrough: true } }, { authorization: "Bearer c" }).headers).toEqual({
      authorization: "Bearer c",
    });
  });

  test("stand before configured ones, which are taken when the client shows none", () => {
    expect(sent(through("Client", "Header"), { authorization: "Bearer c" }).headers).toEqual({ "x-custom-key": "c" });
    expect(sent(through("Client", "Header")).headers).toEqual({ "x-custom-key": "abc" });
  });

  test("of another kind are not taken, and without any the call ends", () => {
    expect(() => sent(through("Client", "Bare"), { authorization: "Basic dTpw" })).toThrow(
      "an Authorization header of type bearer is missing",
    );
    expect(() => sent(through("ClientKey", "Bare"))).toThrow("the header X-Client is missing");
  });

  test("stay here unless they are asked for", () => {
    const client = { authorization: "Bearer c", "x-client": "k", cookie: "a=b" };
    expect(sent({}, client).headers).toEqual({});
    expect(sent({ security: { id: "Client" } }, client).headers).toEqual({});
    expect(sent(upstream("Header"), client).headers).toEqual({ "x-custom-key": "abc" });
  });

  test("passthroughAuthHeader sends the header as it is, unless the tool writes one", () => {
    const server = { passthroughAuthHeader: true };
    expect(sent({}, { authorization: "Digest x" }, server).headers).toEqual({ authorization: "Digest x" });
    expect(sent(upstream("Bearer"), { authorization: "Digest x" }, server).headers).toEqual({
      authorization: "Bearer tok",
    });
    expect(sent({}, {}, server).headers).toEqual({});
  });

  test("cannot be taken from the query", () => {
    expect(() => sent(through("Query", "Bare"))).toThrow("cannot be passed through");
  });
});
