/** `/v1/conversations` for those that the gateway keeps. Format: the `openai` package's `resources/conversations`. */
import { Fault } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import { optional, required } from "../../../protocols/fields.ts";
import { itemsIn } from "../../../protocols/openai-responses/items.ts";
import { nothingThere, type ObjectRequest } from "./answers-api.ts";
import { listOf, pageOf } from "./page.ts";
import type { StoredConversation, StoredConversations } from "./stored-conversations.ts";
import { freshId } from "./stored-deps.ts";

type Handler = (
  conversation: StoredConversation,
  request: ObjectRequest,
  conversations: StoredConversations,
) => Promise<JsonObject>;

const OF_CONVERSATION: Readonly<Record<string, Handler>> = {
  GET: async (conversation) => shown(conversation),
  POST: async (conversation, { consumer, body }, conversations) => {
    const metadata = metadataIn(body);
    await conversations.describe(consumer, conversation.id, conversation.createdAt, metadata);
    return shown({ ...conversation, metadata });
  },
  DELETE: async ({ id }, { consumer }, conversations) => {
    await conversations.delete(consumer, id);
    return { id, object: "conversation.deleted", deleted: true };
  },
};

const OF_ITEMS: Readonly<Record<string, Handler>> = {
  GET: async ({ items }, { search }) => pageOf(items, search),
  POST: async ({ id }, { consumer, body }, conversations) => {
    const items = itemsIn(required(body["items"], "list", "items"), "items", freshId);
    await add(conversations, consumer, id, items);
    return listOf(items);
  },
};

const OF_ITEM: Readonly<Record<string, Handler>> = {
  GET: async ({ items }, { below: [, id = ""] }) => {
    const item = items.find((one) => one["id"] === id);
    if (item === undefined) throw noItem(id);
    return item;
  },
  DELETE: async (conversation, { consumer, below: [, id = ""] }, conversations) => {
    if (!(await conversations.deleteItem(consumer, conversation.id, id))) throw noItem(id);
    return shown(conversation);
  },
};

/** Begins a conversation. `now` is Unix time in milliseconds. */
export async function createConversation(
  conversations: StoredConversations,
  consumer: string | undefined,
  body: JsonObject,
  now: number,
): Promise<JsonObject> {
  const id = `conv_${freshId()}`;
  const items = itemsIn(optional(body["items"], "list", "items") ?? [], "items", freshId);
  const conversation = { id, createdAt: Math.floor(now / 1000), metadata: metadataIn(body), items };
  await conversations.describe(consumer, id, conversation.createdAt, conversation.metadata);
  await add(conversations, consumer, id, items);
  return shown(conversation);
}

/** Answers a request about a conversation the gateway keeps; undefined when it keeps none of that id. */
export async function conversationsApi(
  conversations: StoredConversations,
  request: ObjectRequest,
): Promise<JsonObject | undefined> {
  const conversation = await conversations.get(request.consumer, request.id);
  if (conversation === undefined) return undefined;
  const handle = handlerOf(request);
  if (handle === undefined) throw nothingThere(request);
  return handle(conversation, request, conversations);
}

function handlerOf({ method, below }: ObjectRequest): Handler | undefined {
  if (below.length === 0) return OF_CONVERSATION[method];
  if (below[0] !== "items" || below.length > 2) return undefined;
  return (below.length === 1 ? OF_ITEMS : OF_ITEM)[method];
}

async function add(
  conversations: StoredConversations,
  consumer: string | undefined,
  id: string,
  items: readonly JsonObject[],
): Promise<void> {
  if (items.length === 0 || (await conversations.add(consumer, id, items))) return;
  throw new Fault("payload_too_large", "The conversation would become larger than what the gateway keeps of one.", {
    param: "items",
  });
}

function shown({ id, createdAt, metadata }: StoredConversation): JsonObject {
  return { id, object: "conversation", created_at: createdAt, metadata };
}

function metadataIn(body: JsonObject): JsonObject {
  return optional(body["metadata"], "object", "metadata") ?? {};
}

function noItem(id: string): Fault {
  return new Fault("object_not_found", `Item with id '${id}' not found.`);
}
