import {
  Client,
  type CreateMessageResult,
  type ElicitResult,
  type ListRootsResult,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { META } from "#src/core/mcp/messages.ts";
import { ANSWERS, CAPABILITIES, object, objects, type Peer, Told } from "./peer.ts";

/** The client of the SDK of the newest revision, which finds out what the server speaks. */
export async function connectModern(
  url: string,
  options: { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Peer> {
  const told = new Told();
  const client = new Client(
    { name: "modern-peer", version: "1.0.0" },
    { capabilities: CAPABILITIES, versionNegotiation: { mode: "auto" } },
  );
  client.setRequestHandler(
    "sampling/createMessage",
    () => ANSWERS["sampling/createMessage"] as unknown as CreateMessageResult,
  );
  client.setRequestHandler("elicitation/create", () => ANSWERS["elicitation/create"] as unknown as ElicitResult);
  client.setRequestHandler("roots/list", () => ANSWERS["roots/list"] as unknown as ListRootsResult);
  client.fallbackNotificationHandler = async ({ method, params }) => told.add(method, object(params));
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { ...options.headers } } }),
  );
  const isLegacy = client.getProtocolEra() === "legacy";
  let level: string | undefined;
  return {
    told,
    version: client.getNegotiatedProtocolVersion(),
    server: client.getServerVersion(),
    listTools: async () => objects((await client.listTools()).tools),
    callTool: async (name, args = {}, { signal, onProgress } = {}) =>
      object(
        await client.callTool(
          { name, arguments: args, ...(level !== undefined && { _meta: { [META.logLevel]: level } }) },
          {
            ...(signal && { signal }),
            ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }),
          },
        ),
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
    async setLogLevel(wanted) {
      if (isLegacy) await client.setLoggingLevel(wanted);
      else level = wanted;
    },
    async watch(uri) {
      if (isLegacy) return void (await client.subscribeResource({ uri }));
      await client.listen({
        toolsListChanged: true,
        promptsListChanged: true,
        resourcesListChanged: true,
        resourceSubscriptions: [uri],
      });
    },
    async [Symbol.asyncDispose]() {
      await client.close();
    },
  };
}
