import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  type CreateMessageResult,
  ElicitRequestSchema,
  type ElicitResult,
  ListRootsRequestSchema,
  type ListRootsResult,
} from "@modelcontextprotocol/sdk/types.js";
import { ANSWERS, CAPABILITIES, object, objects, type Peer, Told } from "./peer.ts";

/** How a legacy client connects. */
export interface LegacyPeerOptions {
  readonly transport?: "http" | "sse";
  readonly headers?: Readonly<Record<string, string>>;
}

/** The client of the SDK of the session era. */
export async function connectLegacy(url: string, options: LegacyPeerOptions = {}): Promise<Peer> {
  const told = new Told();
  const client = new Client({ name: "legacy-peer", version: "1.0.0" }, { capabilities: CAPABILITIES });
  client.setRequestHandler(
    CreateMessageRequestSchema,
    () => ANSWERS["sampling/createMessage"] as unknown as CreateMessageResult,
  );
  client.setRequestHandler(ElicitRequestSchema, () => ANSWERS["elicitation/create"] as unknown as ElicitResult);
  client.setRequestHandler(ListRootsRequestSchema, () => ANSWERS["roots/list"] as unknown as ListRootsResult);
  client.fallbackNotificationHandler = async ({ method, params }) => told.add(method, object(params));
  const requestInit = { headers: { ...options.headers } };
  const transport =
    options.transport === "sse"
      ? new SSEClientTransport(new URL(url), { requestInit })
      : new StreamableHTTPClientTransport(new URL(url), { requestInit });
  await client.connect(transport);
  return {
    told,
    version: "protocolVersion" in transport ? transport.protocolVersion : undefined,
    server: client.getServerVersion(),
    listTools: async () => objects((await client.listTools()).tools),
    callTool: async (name, args = {}, { signal, onProgress } = {}) =>
      object(
        await client.callTool({ name, arguments: args }, undefined, {
          ...(signal && { signal }),
          ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }),
        }),
      ),
    listResources: async () => objects((await client.listResources()).resources),
    listTemplates: async () => objects((await client.listResourceTemplates()).resourceTemplates),
    readResource: async (uri) => objects((await client.readResource({ uri })).contents),
    listPrompts: async () => objects((await client.listPrompts()).prompts),
    getPrompt: async (name, args = {}) => objects((await client.getPrompt({ name, arguments: args })).messages),
    async complete(name, argument, value) {
      const ref = { type: "ref/prompt" as const, name };
      return (await client.complete({ ref, argument: { name: argument, value } })).completion.values;
    },
    async setLogLevel(level) {
      await client.setLoggingLevel(level);
    },
    async watch(uri) {
      await client.subscribeResource({ uri });
    },
    async [Symbol.asyncDispose]() {
      if (transport instanceof StreamableHTTPClientTransport) await transport.terminateSession();
      await client.close();
    },
  };
}
