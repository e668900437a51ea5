import type { ChatEvent, ChatRequest } from "../core/chat.ts";
import type { ChatHooks, EventEditor } from "../core/chat-hooks.ts";
import { type Call, LocalReply } from "../core/plugin.ts";
import type { ActivePlugin } from "./active-plugin.ts";

/** A plugin has answered while the request was on its way to the upstream. */
export class Replied extends Error {
  readonly reply: LocalReply;

  constructor(reply: LocalReply) {
    super("A plugin has answered this request.");
    this.name = "Replied";
    this.reply = reply;
  }
}

/** What a request's plugins do to its chat, in the gateway's own form. */
export class ChatPhase {
  readonly hooks: ChatHooks | undefined;
  /** An answer was, or is being, taken apart into events. */
  decoded = false;
  readonly #call: Call;

  constructor(asked: readonly ActivePlugin[], call: Call) {
    this.#call = call;
    const requests = asked.filter(({ hooks, passesRequest }) => hooks.chatRequest !== undefined && !passesRequest);
    const events = asked.filter(({ hooks }) => hooks.chatEvent !== undefined).toReversed();
    if (requests.length === 0 && events.length === 0) return;
    this.hooks = {
      ...(requests.length === 0 ? {} : { request: (chat) => this.#request(requests, chat) }),
      ...(events.length === 0 ? {} : { answer: () => this.#answer(events) }),
    };
  }

  async #request(plugins: readonly ActivePlugin[], asked: ChatRequest): Promise<ChatRequest> {
    let chat = asked;
    for (const plugin of plugins) {
      if (plugin.failed) continue;
      const given = chat;
      const verdict = await plugin.ask("chatRequest", (hooks) => hooks.chatRequest?.(this.#call, given));
      if (verdict instanceof LocalReply) throw new Replied(verdict);
      if (verdict !== undefined) chat = verdict;
    }
    return chat;
  }

  #answer(plugins: readonly ActivePlugin[]): EventEditor {
    this.decoded = true;
    return { step: (event) => this.#step(plugins, 0, event), end: () => [] };
  }

  /** Through the plugins from one on; at once as long as none of them has to be waited for. */
  #step(
    plugins: readonly ActivePlugin[],
    from: number,
    event: ChatEvent,
  ): readonly ChatEvent[] | Promise<readonly ChatEvent[]> {
    for (let at = from; at < plugins.length; at++) {
      const plugin = plugins[at]!;
      if (plugin.failed || plugin.passesResponse) continue;
      const said = plugin.ask("chatEvent", (hooks) => hooks.chatEvent?.(this.#call, event));
      if (said === undefined) continue;
      if (!(said instanceof Promise)) return this.#rest(plugins, at + 1, said);
      return said.then((given) => this.#rest(plugins, at + 1, given ?? [event]));
    }
    return [event];
  }

  #rest(
    plugins: readonly ActivePlugin[],
    from: number,
    events: readonly ChatEvent[],
  ): readonly ChatEvent[] | Promise<readonly ChatEvent[]> {
    if (from === plugins.length) return events;
    const edited: ChatEvent[] = [];
    for (let at = 0; at < events.length; at++) {
      const given = this.#step(plugins, from, events[at]!);
      if (given instanceof Promise) return this.#later(plugins, from, { edited, given, rest: events.slice(at + 1) });
      edited.push(...given);
    }
    return edited;
  }

  /** One event after the other, from the first on that has to be waited for. */
  async #later(plugins: readonly ActivePlugin[], from: number, { edited, given, rest }: Later): Promise<ChatEvent[]> {
    edited.push(...(await given));
    for (const event of rest) edited.push(...(await this.#step(plugins, from, event)));
    return edited;
  }
}

interface Later {
  readonly edited: ChatEvent[];
  readonly given: Promise<readonly ChatEvent[]>;
  readonly rest: readonly ChatEvent[];
}
