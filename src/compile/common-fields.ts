import type { Config, ProviderConfig } from "#config/model.ts";
import type { Clock } from "../core/clock.ts";
import { start, type Stepper } from "../core/codec.ts";
import type { ChatEvent, ChatRequest } from "../core/chat.ts";
import type { ChatEdits } from "../traffic/ai/chat-edits.ts";
import { cleanedUp } from "../traffic/fields/clean-up.ts";
import { type ContextFileOptions, createContextFile } from "../traffic/fields/context-file.ts";
import { withContext } from "../traffic/fields/context-message.ts";
import { merged } from "../traffic/fields/merge-messages.ts";
import { promoteThinking } from "../traffic/fields/promote-thinking.ts";
import { reasoningContent } from "../traffic/fields/reasoning-content.ts";
import type { CommonFields } from "../traffic/fields/with-common-fields.ts";

/** What compiling these fields needs of the world. */
export interface CommonFieldDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
}

/** What a provider's settings do around it: to its addresses and to the bodies it is sent. */
export function commonFields(config: ProviderConfig): CommonFields {
  const { customSettings, capabilities, providerDomain, providerBasePath, basePath, basePathHandling } = config;
  return {
    customSettings,
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(providerDomain === undefined ? {} : { providerDomain }),
    ...(providerBasePath === undefined ? {} : { providerBasePath }),
    ...(basePath === undefined ? {} : { basePath: { path: basePath, handling: basePathHandling } }),
  };
}

/** A text that the provider itself holds. */
export type OwnContext = Required<Pick<ContextFileOptions, "url" | "authorize">>;

type RequestEdit = (chat: ChatRequest) => ChatRequest | Promise<ChatRequest>;

/** What a provider's settings change in chats; undefined when they change nothing. */
export function chatEdits(
  config: ProviderConfig,
  all: Config,
  deps: CommonFieldDeps,
  own: OwnContext | undefined,
): ChatEdits | undefined {
  // Nothing is changed for who wants requests to go through as they are.
  if (config.protocol === "original") return undefined;
  const requests = requestEdits(config, all, deps, own);
  const answers = answerEdits(config);
  if (requests.length === 0 && answers.length === 0) return undefined;
  return {
    ...(requests.length === 0 ? {} : { request: (chat: ChatRequest) => inTurn(requests, chat) }),
    ...(answers.length === 0 ? {} : { answer: () => chained(answers.map((edit) => edit())) }),
  };
}

/** In the order in which they are done. */
function requestEdits(
  config: ProviderConfig,
  all: Config,
  deps: CommonFieldDeps,
  own: OwnContext | undefined,
): RequestEdit[] {
  const { contextCleanupCommands, context, mergeConsecutiveMessages, hiclawMode } = config;
  const edits: RequestEdit[] = [];
  if (contextCleanupCommands.length > 0) {
    const commands = new Set(contextCleanupCommands);
    edits.push((chat) => cleanedUp(chat, commands));
  }
  if (mergeConsecutiveMessages ?? hiclawMode) edits.push(merged);
  const file = context === undefined ? ownFile(config, own) : contextFile(config, context, all);
  if (file !== undefined) {
    const read = createContextFile(file, deps);
    edits.push(async (chat) => withContext(chat, await read()));
  }
  return edits;
}

async function inTurn(edits: readonly RequestEdit[], chat: ChatRequest): Promise<ChatRequest> {
  let edited = chat;
  for (const edit of edits) edited = await edit(edited);
  return edited;
}

type Editor = Stepper<ChatEvent, ChatEvent>;

/** Reasoning that becomes the answer's text is no reasoning any more, so that comes first. */
function answerEdits({ promoteThinkingOnEmpty, hiclawMode, reasoningContentMode }: ProviderConfig): (() => Editor)[] {
  const edits: (() => Editor)[] = [];
  if (promoteThinkingOnEmpty ?? hiclawMode) edits.push(() => start(promoteThinking));
  if (reasoningContentMode !== "passthrough") {
    const reducer = reasoningContent(reasoningContentMode);
    edits.push(() => start(reducer));
  }
  return edits;
}

/** Several converters as one. */
function chained(editors: readonly Editor[]): Editor {
  const through = (events: readonly ChatEvent[], from: number): ChatEvent[] =>
    editors
      .slice(from)
      .reduce<ChatEvent[]>((given, editor) => given.flatMap((event) => editor.step(event)), [...events]);
  return {
    step: (event) => through([event], 0),
    end: () => editors.flatMap((editor, index) => through(editor.end(), index + 1)),
  };
}

function ownFile({ id, timeout }: ProviderConfig, own: OwnContext | undefined): ContextFileOptions | undefined {
  return own === undefined ? undefined : { ...own, provider: id, timeout };
}

/** The file's own URL, or a service's endpoint asked under that URL's host. */
function contextFile(
  { id, timeout }: ProviderConfig,
  { fileUrl, serviceName, servicePort }: NonNullable<ProviderConfig["context"]>,
  { services }: Config,
): ContextFileOptions {
  const service = services.find(({ name }) => name === serviceName);
  const endpoint = service?.endpoints.find(({ port }) => servicePort === undefined || port === servicePort);
  if (service === undefined || endpoint === undefined) return { provider: id, url: fileUrl, timeout };
  const { host, pathname, search } = new URL(fileUrl);
  const url = `${service.protocol}://${endpoint.host}:${endpoint.port}${pathname}${search}`;
  return { provider: id, url, host, timeout };
}
