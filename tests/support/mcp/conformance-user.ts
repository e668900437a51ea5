import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpServer, McpSession } from "#src/core/mcp/server.ts";
import { isModern } from "#src/core/mcp/versions.ts";
import { encodeHeaderValue } from "#mcp/wire/header-value.ts";
import { mirroredText, paramHeadersOf } from "#mcp/wire/param-headers.ts";
import { mcpCall } from "../mcp-call.ts";
import { objects } from "./peer/peer.ts";

/** A question of the server's, by the name it gave it. */
type Questions = Readonly<Record<string, McpRequest>>;

/** Times that a user signs in for one request. */
const MOST_SIGN_INS = 3;

/** Rounds of questions in one request; no scenario has more. */
const MOST_ROUNDS = 5;

/** A client that uses a server whole: what it may ask it asks, and it answers what it is asked. */
export class ConformanceUser {
  readonly #server: McpServer;
  readonly #version: string;
  readonly #session: McpSession | undefined;
  readonly #open: (url: string) => Promise<void>;
  #tools: readonly JsonObject[] = [];

  /** `open` visits a URL that the user is asked to visit. */
  constructor(
    server: McpServer,
    version: string,
    session: McpSession | undefined,
    open: (url: string) => Promise<void>,
  ) {
    this.#server = server;
    this.#version = version;
    this.#session = session;
    this.#open = open;
  }

  /** What the endpoint does when a client opens its standing stream; resolves with what closes it. */
  async listen(): Promise<() => void> {
    const lists = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
    const subscription = await this.#server.listen(lists, this.#call());
    return () => subscription.close();
  }

  async describe(): Promise<void> {
    await this.#signedIn(async () => this.#server.describe(this.#call()));
  }

  /** One request, without answering what is asked back. */
  async once(request: McpRequest): Promise<JsonObject> {
    if (request.method === "tools/call") return this.#signedIn(() => this.#server.handle(request, this.#call(request)));
    const result = await this.#signedIn(() => this.#server.handle(request, this.#call()));
    if (request.method === "tools/list" && Array.isArray(result.tools)) this.#tools = objects(result.tools);
    return result;
  }

  /** A request to its end, rounds of questions included. */
  async request(method: string, params: JsonObject = {}): Promise<JsonObject> {
    let result = await this.once({ method, params });
    for (let round = 0; result.resultType === "input_required" && round < MOST_ROUNDS; round++) {
      result = await this.once({ method, params: { ...params, ...answersTo(result) } });
    }
    return result;
  }

  /** A list of the server's; empty when it has none of the kind. */
  async list(method: string, field: string): Promise<JsonObject[]> {
    try {
      const { [field]: entries } = await this.request(method);
      return Array.isArray(entries) ? objects(entries) : [];
    } catch (thrown) {
      if (thrown instanceof McpError && thrown.code === ERROR_CODES.methodNotFound) return [];
      throw thrown;
    }
  }

  /** Opens the link that a failure names, as its words say, and tries again. */
  async #signedIn<T>(run: () => Promise<T> | T): Promise<T> {
    for (let left = MOST_SIGN_INS; ; left--) {
      try {
        return await run();
      } catch (thrown) {
        const link = thrown instanceof McpError && left > 0 ? linkIn(thrown) : undefined;
        if (link === undefined) throw thrown;
        await this.#open(link);
      }
    }
  }

  /** The headers that a client of this revision sends along with a call. */
  #mirrored({ name, arguments: args }: JsonObject): Record<string, string> {
    const schema = this.#tools.find((tool) => tool.name === name)?.inputSchema;
    const mirrored = isObject(schema) && isModern(this.#version) ? paramHeadersOf(schema) : [];
    if ("problem" in mirrored || !isObject(args)) return {};
    const texts = mirrored.map(({ header, path }) => [header, mirroredText(args, path)] as const);
    return Object.fromEntries(
      texts.flatMap(([header, text]) => (text === undefined ? [] : [[header, encodeHeaderValue(text)]])),
    );
  }

  #call(request?: McpRequest): ReturnType<typeof mcpCall> {
    return mcpCall({
      ...(request && { headers: this.#mirrored(request.params) }),
      client: {
        version: this.#version,
        capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} },
        info: { name: "conformance-user", version: "1.0.0" },
      },
      caller: { subject: "user" },
      ...(this.#session && { session: this.#session }),
      answer: async (request) => {
        const { mode, url } = request.params;
        if (mode === "url" && typeof url === "string") {
          await this.#open(url);
          return { action: "accept" };
        }
        return answer(request);
      },
    });
  }
}

/** The link of a sign-in, as data or among the words. */
function linkIn({ message, data }: McpError): string | undefined {
  const [elicitation] = isObject(data) && Array.isArray(data.elicitations) ? objects(data.elicitations) : [];
  if (typeof elicitation?.url === "string") return elicitation.url;
  return /https:\/\/\S+\?ticket=\S+/.exec(message)?.[0];
}

/** The params by which a retry answers an `input_required` result. */
export function answersTo({ inputRequests, requestState }: JsonObject): JsonObject {
  const questions = isObject(inputRequests ?? null) ? (inputRequests as unknown as Questions) : {};
  const inputResponses = Object.fromEntries(Object.entries(questions).map(([key, one]) => [key, answer(one)]));
  return { inputResponses, ...(requestState !== undefined && { requestState }) };
}

function answer({ method, params }: McpRequest): JsonObject {
  if (method === "roots/list") return { roots: [] };
  if (method === "sampling/createMessage") {
    return { model: "test", role: "assistant", content: { type: "text", text: "Paris" } };
  }
  return { action: "accept", content: filled(params.requestedSchema) };
}

/** Values for a schema's properties: their defaults, else anything of their type. */
export function filled(schema: Json | undefined): JsonObject {
  const properties = isObject(schema) && isObject(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, isObject(property) ? sample(property) : ""]),
  );
}

function sample(property: JsonObject): Json {
  if (property.default !== undefined) return property.default;
  if (Array.isArray(property.enum) && property.enum[0] !== undefined) return property.enum[0];
  const samples: Readonly<Record<string, Json>> = { boolean: true, integer: 1, number: 1, array: [], object: {} };
  return samples[typeof property.type === "string" ? property.type : ""] ?? "test";
}
