import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { JsonObject } from "#src/core/json.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type IdentityProvider, signingKey, startIdentityProvider } from "#tests/support/identity/identity-provider.ts";
import { MemoryClient } from "#tests/support/identity/mcp-sign-in.ts";
import { WebBrowser } from "#tests/support/identity/web-browser.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const MACHINE = { id: "m2m", secret: "s3cret" };

let provider: IdentityProvider;
/** Serves tools under `auth`. */
let inner: Gateway;
/** Leads there with credentials of its own. */
let outer: Gateway;
/** Where the browser is sent in the end. */
let callback: Bun.Server<undefined>;

function saying(name: string): JsonObject {
  return { name, description: name, args: [], responseTemplate: { body: `${name} done` } };
}

beforeAll(async () => {
  callback = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("back") });
  const machine = { grant_types: ["client_credentials", EXCHANGE], redirect_uris: [], response_types: [] };
  provider = await startIdentityProvider(
    [await signingKey("k1")],
    [
      { client_id: MACHINE.id, client_secret: MACHINE.secret, scope: "mcp:tools mcp:write", ...machine },
      {
        client_id: "app",
        redirect_uris: [`${callback.url.origin}/callback`],
        token_endpoint_auth_method: "none",
        application_type: "native",
      },
    ],
  );
  const auth = { issuers: [{ issuer: provider.issuer }], scopes: ["mcp:tools"], toolScopes: { write: ["mcp:write"] } };
  const rest = { server: { name: "orders" }, tools: [saying("read"), saying("write")] };
  inner = await startGateway({
    config: {
      admin: { port: 0 },
      consumers: [{ name: "bob", credentials: ["bobs-key-0123"] }],
      mcpServers: [{ name: "orders", path: "/mcp/orders", rest, auth }],
    },
  });
  const endpoints = `${inner.origin}/mcp/orders`;
  const grant = { issuer: provider.issuer, client: MACHINE, scopes: ["mcp:tools"] };
  const through = (name: string, credentials: JsonObject): JsonObject => ({
    name,
    path: `/mcp/${name}`,
    url: { endpoints, credentials },
  });
  outer = await startGateway({
    config: {
      admin: { port: 0 },
      mcpServers: [
        through("own", { clientCredentials: grant }),
        { ...through("exchanged", { tokenExchange: grant }), auth: { issuers: [{ issuer: provider.issuer }] } },
        through("without", { headers: { "x-nothing": "to show" } }),
      ],
    },
  });
});

afterAll(async () => {
  await callback.stop(true);
  await Promise.all([inner.stop(), outer.stop(), provider[Symbol.asyncDispose]()]);
});

function machineToken(resource: string): Promise<string> {
  return provider.grant(MACHINE.id, MACHINE.secret, { grant_type: "client_credentials", resource, scope: "mcp:tools" });
}

/** A client of the SDK's with these headers. */
async function connected(url: string, headers: Record<string, string>): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

async function namesOf(client: Client): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name);
}

/** Sends the user of an SDK's client where it wants, and takes the code that comes back. */
async function signIn(client: MemoryClient, transport: StreamableHTTPClientTransport): Promise<void> {
  const browser = new WebBrowser();
  let visit = await browser.open(client.sentTo.at(-1)?.href ?? "");
  while (visit.html.includes("<form")) {
    visit = await browser.submit(visit, visit.html.includes('name="login"') ? { login: "alice" } : {});
  }
  if (!visit.url.startsWith(client.redirectUrl)) throw new Error(`Not back, but at ${visit.url}: ${visit.html}`);
  await transport.finishAuth(new URL(visit.url).searchParams.get("code") ?? "");
}

describe("an SDK's client", () => {
  test("finds by itself where its user signs in, and what for, and steps up when a tool needs more", async () => {
    const url = new URL(`${inner.origin}/mcp/orders`);
    const memory = new MemoryClient(`${callback.url.origin}/callback`, "app");
    const first = new StreamableHTTPClientTransport(url, { authProvider: memory });
    const client = new Client({ name: "test", version: "1" });
    expect(await client.connect(first).catch((thrown: unknown) => thrown)).toBeInstanceOf(UnauthorizedError);
    const asked = memory.sentTo.at(-1)?.searchParams;
    expect([asked?.get("scope"), asked?.get("resource")]).toEqual(["mcp:tools", url.href]);
    await signIn(memory, first);
    const transport = new StreamableHTTPClientTransport(url, { authProvider: memory });
    const signedIn = new Client({ name: "test", version: "1" });
    await signedIn.connect(transport);
    expect(await namesOf(signedIn)).toEqual(["read"]);
    expect(JSON.stringify(await signedIn.callTool({ name: "read" }))).toContain("read done");

    const refused = await signedIn.callTool({ name: "write" }).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(UnauthorizedError);
    expect(memory.sentTo.at(-1)?.searchParams.get("scope")).toBe("mcp:tools mcp:write");
    await signIn(memory, transport);
    expect(JSON.stringify(await signedIn.callTool({ name: "write" }))).toContain("write done");
    expect(await namesOf(signedIn)).toEqual(["read", "write"]);
    await signedIn.close();
  });
});

describe("over HTTP", () => {
  const initialize = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };

  async function ask(headers: Record<string, string>): Promise<Response> {
    return fetch(`${inner.origin}/mcp/orders`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
      body: JSON.stringify(initialize),
    });
  }

  test("a challenge names metadata that is there, at the server's path", async () => {
    const refused = await ask({});
    expect(refused.status).toBe(401);
    const challenge = refused.headers.get("www-authenticate") ?? "";
    const metadata = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? "";
    expect(metadata).toBe(`${inner.origin}/.well-known/oauth-protected-resource/mcp/orders`);
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: `${inner.origin}/mcp/orders`,
      authorization_servers: [provider.issuer],
    });
  });

  test("a token of another server's is refused, as is one that was made up", async () => {
    const other = await machineToken(`${inner.origin}/mcp/other`);
    for (const token of [other, "made-up"]) {
      const refused = await ask({ authorization: `Bearer ${token}` });
      expect([refused.status, await refused.text()]).toEqual([401, expect.not.stringContaining(token)]);
    }
  });

  test("a consumer's key lets in without a token, wherever keys go", async () => {
    for (const headers of [{ "x-api-key": "bobs-key-0123" }, { authorization: "Bearer bobs-key-0123" }]) {
      const client = await connected(`${inner.origin}/mcp/orders`, headers);
      expect(await namesOf(client)).toEqual(["read", "write"]);
      await client.close();
    }
  });

  test("a token beside a key says what is allowed", async () => {
    const token = await machineToken(`${inner.origin}/mcp/orders`);
    const headers = { authorization: `Bearer ${token}`, "x-api-key": "bobs-key-0123" };
    const client = await connected(`${inner.origin}/mcp/orders`, headers);
    expect(await namesOf(client)).toEqual(["read"]);
    await client.close();
  });
});

describe("through a gateway", () => {
  test("the upstream sees the gateway's own token", async () => {
    const client = await connected(`${outer.origin}/mcp/own`, { authorization: "Bearer of-the-client" });
    expect(await namesOf(client)).toEqual(["read"]);
    expect(JSON.stringify(await client.callTool({ name: "read" }))).toContain("read done");
    await client.close();
  });

  test("the upstream sees the caller's exchanged token", async () => {
    const token = await machineToken(`${outer.origin}/mcp/exchanged`);
    const client = await connected(`${outer.origin}/mcp/exchanged`, { authorization: `Bearer ${token}` });
    expect(JSON.stringify(await client.callTool({ name: "read" }))).toContain("read done");
    await client.close();
  });

  test("the client's token alone opens nothing: it does not go on", async () => {
    const token = await machineToken(`${inner.origin}/mcp/orders`);
    const client = await connected(`${outer.origin}/mcp/without`, { authorization: `Bearer ${token}` }).catch(() => {});
    const asked = client === undefined ? Promise.reject(new Error("not even connected")) : namesOf(client);
    expect(asked).rejects.toThrow();
    await client?.close();
  });
});
