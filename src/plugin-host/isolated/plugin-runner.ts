import type { ChatEvent, ChatRequest } from "../../core/chat.ts";
import type { Json } from "../../core/json.ts";
import type { Bytes, Call, Filter, HookName, Hooks } from "../../core/plugin.ts";
import type { PluginKind } from "../kind.ts";
import { CallMirror } from "./call-mirror.ts";
import { GatewayAsking } from "./gateway-asking.ts";
import { proxiedHost } from "./host-proxy.ts";
import type { FromProcess, HookMessage, ToProcess } from "./messages.ts";
import { writeFrame } from "./standing-still.ts";
import { type AnyVerdict, sendVerdict } from "./verdicts.ts";

/** What a plugin's process makes its plugin with: the default export of the maker's module. */
export type KindMaker = (given: {
  readonly json: Json;
  readonly blobs: readonly Uint8Array<ArrayBuffer>[];
}) => Promise<Pick<PluginKind, "configure">>;

interface Configured {
  readonly filter: Filter;
  readonly close: () => void;
  /** Requests that are not over. */
  readonly open: Map<number, Opened>;
}

/** One request. */
interface Opened {
  readonly call: CallMirror;
  readonly hooks: Hooks;
}

/** In the process: does what the gateway says. */
export class PluginRunner {
  readonly #load: (url: string) => Promise<unknown>;
  readonly #configs = new Map<number, Configured>();
  readonly #hooks = new Map<number, AbortController>();
  readonly #asking = new GatewayAsking();
  #kind: Pick<PluginKind, "configure"> | undefined;

  constructor(load: (url: string) => Promise<unknown>) {
    this.#load = load;
  }

  /** A configuration in whose name something can be said. */
  get anyConfig(): number {
    return this.#configs.keys().next().value ?? 0;
  }

  receive(message: ToProcess, blobs: readonly Uint8Array<ArrayBuffer>[]): void {
    switch (message.kind) {
      case "make":
        return void this.#make(message.maker, { json: message.given, blobs });
      case "configure":
        return void this.#configure(message);
      case "close":
        return this.#close(message.config);
      case "hook":
        return void this.#hook(message, blobs[0]);
      case "cancel":
        this.#hooks.get(message.id)?.abort();
        return say({ kind: "cancelled", id: message.id });
      case "over":
        return this.#over(message);
      case "answer":
        return this.#asking.answered(message, blobs);
    }
  }

  async #make(maker: string, given: Parameters<KindMaker>[0]): Promise<void> {
    try {
      const make = (await this.#load(maker)) as KindMaker;
      this.#kind = await make(given);
      say({ kind: "made" });
    } catch (error) {
      say({ kind: "made", error: messageOf(error) });
    }
  }

  async #configure({ config, name, hasRules, options }: Extract<ToProcess, { kind: "configure" }>): Promise<void> {
    const host = proxiedHost({ name, hasRules }, this.#asking.of(config));
    try {
      if (this.#kind === undefined) throw new Error("There is no plugin to be configured.");
      const filter = await this.#kind.configure(options, host);
      const close = (): void => {
        filter.close?.();
        host.close();
      };
      this.#configs.set(config, { filter, close, open: new Map() });
      const stateful = "open" in filter;
      const hooks = stateful ? filter.hooks : HOOKS.filter((hook) => filter[hook] !== undefined);
      say({ kind: "configured", config, hooks, stateful });
    } catch (error) {
      host.close();
      say({ kind: "refused", config, error: messageOf(error) });
    }
  }

  #close(config: number): void {
    this.#configs.get(config)?.close();
    this.#configs.delete(config);
  }

  async #hook(message: HookMessage, body: Bytes | undefined): Promise<void> {
    const { id, hook } = message;
    const abort = new AbortController();
    this.#hooks.set(id, abort);
    let call: CallMirror | undefined;
    try {
      const opened = this.#opened(message, abort.signal);
      call = opened.call;
      const said = await CALLS[hook](opened.hooks, call, { ...message, body: body ?? new Uint8Array() });
      const { verdict, blobs } = sendVerdict(hook, said);
      const hooks = HOOKS.filter((name) => opened.hooks[name] !== undefined);
      say({ kind: "verdict", id, verdict, edits: call.takeEdits(), hooks }, blobs);
    } catch (error) {
      say({ kind: "thrown", id, error: messageOf(error), edits: call?.takeEdits() ?? [] });
    } finally {
      this.#hooks.delete(id);
    }
  }

  #opened({ config, request, call: snapshot }: HookMessage, signal: AbortSignal): Opened {
    const configured = this.#configs.get(config);
    if (configured === undefined) throw new Error("The plugin is not configured.");
    const { filter, open } = configured;
    const known = open.get(request);
    if (known !== undefined) {
      known.call.update(snapshot, signal);
      return known;
    }
    const call = new CallMirror(snapshot, signal, (path, edits) =>
      this.#asking.property({ config, request, edits }, path),
    );
    const opened = { call, hooks: "open" in filter ? filter.open(call) : filter };
    open.set(request, opened);
    return opened;
  }

  #over({ config, request, call: snapshot }: Extract<ToProcess, { kind: "over" }>): void {
    const open = this.#configs.get(config)?.open;
    const opened = open?.get(request);
    open?.delete(request);
    try {
      opened?.call.update(snapshot, new AbortController().signal);
      opened?.hooks.done?.(opened.call);
    } catch (error) {
      console.error(messageOf(error));
    }
    say({ kind: "left", request, edits: opened?.call.takeEdits() ?? [] });
  }
}

const HOOKS: readonly HookName[] = [
  "requestHeaders",
  "requestBody",
  "chatRequest",
  "responseHeaders",
  "responseBody",
  "responseChunk",
  "chatEvent",
  "done",
];

type Given = HookMessage & { readonly body: Bytes };
type CallHook = (hooks: Hooks, call: Call, given: Given) => AnyVerdict | Promise<AnyVerdict>;

const CALLS: Readonly<Record<Exclude<HookName, "done">, CallHook>> = {
  requestHeaders: (hooks, call) => hooks.requestHeaders?.(call),
  requestBody: (hooks, call, { body }) => hooks.requestBody?.(call, body),
  chatRequest: (hooks, call, { chat }) => hooks.chatRequest?.(call, chat as ChatRequest),
  responseHeaders: (hooks, call) => hooks.responseHeaders?.(call),
  responseBody: (hooks, call, { body }) => hooks.responseBody?.(call, body),
  responseChunk: (hooks, call, { body, last }) => hooks.responseChunk?.(call, body, last === true),
  chatEvent: (hooks, call, { event }) => hooks.chatEvent?.(call, event as ChatEvent),
};

function say(message: FromProcess, blobs: readonly Uint8Array[] = []): void {
  writeFrame({ json: message, blobs });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
