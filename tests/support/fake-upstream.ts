import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Courier } from "./upstream/deliver.ts";
import { apiOf, refusing } from "./upstream/react.ts";
import { receive, type ReceivedRequest } from "./upstream/received.ts";
import { type Script, text } from "./upstream/script.ts";

export type { ReceivedRequest } from "./upstream/received.ts";

/** Which requests a script is for; everything left out matches. */
export interface Selector {
  readonly model?: string;
  readonly key?: string;
  readonly flavour?: string;
}

type Scripting = Script | ((request: ReceivedRequest) => Script);

interface Entry {
  readonly selector: Selector;
  readonly scripting: Scripting;
}

/** A fake AI provider on a free loopback port, speaking OpenAI's and Anthropic's APIs. */
export class FakeUpstream {
  /** Every request so far, oldest first; emptied by `reset`. */
  readonly requests: ReceivedRequest[] = [];
  /** What was refused as the vendor would refuse it: a conversion of the gateway's that would fail in production. */
  readonly refusals: string[] = [];
  openConnections = 0;
  readonly #server: Server;
  readonly #queue: Entry[] = [];
  readonly #standing: Entry[] = [];
  readonly #signatures = new Set<string>();
  readonly #waiting: Array<{ selector: Selector; resolve(request: ReceivedRequest): void }> = [];
  #taken = new WeakSet<ReceivedRequest>();
  #underWay = 0;

  private constructor() {
    this.#server = createServer((message, response) => void this.#handle(message, response));
    this.#server.keepAliveTimeout = 120_000;
    this.#server.on("connection", (socket) => {
      this.openConnections += 1;
      socket.on("close", () => (this.openConnections -= 1));
    });
  }

  static async start(port = 0): Promise<FakeUpstream> {
    const upstream = new FakeUpstream();
    await new Promise<void>((resolve) => upstream.#server.listen(port, "127.0.0.1", () => resolve()));
    return upstream;
  }

  /** `http://127.0.0.1:PORT`. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests whose answer is not over. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Answers the next request that matches, once; scripts are taken in the order they were given. */
  reply(script: Scripting, selector: Selector = {}): void {
    this.#queue.push({ selector, scripting: script });
  }

  /** Answers every request that matches and has no `reply` waiting; the latest given is asked first. */
  serve(script: Scripting, selector: Selector = {}): void {
    this.#standing.unshift({ selector, scripting: script });
  }

  /** Resolves with the oldest request that matches and was not taken by an earlier call, waiting for it when there is none. */
  next(selector: Selector = {}): Promise<ReceivedRequest> {
    const found = this.requests.find((request) => !this.#taken.has(request) && matches(selector, request));
    if (found !== undefined) {
      this.#taken.add(found);
      return Promise.resolve(found);
    }
    return new Promise((resolve) => this.#waiting.push({ selector, resolve }));
  }

  /** The last request. Throws when there was none. */
  get last(): ReceivedRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("the fake upstream got no request");
    return request;
  }

  /** Forgets requests and scripts, not connections. */
  reset(): void {
    this.requests.length = 0;
    this.refusals.length = 0;
    this.#queue.length = 0;
    this.#standing.length = 0;
    this.#waiting.length = 0;
    this.#taken = new WeakSet();
  }

  /** Closes the port and every connection. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const courier = new Courier(response);
    this.#underWay += 1;
    void courier.outcome.then(() => (this.#underWay -= 1));
    try {
      await this.#answer(await receive(message, courier), courier);
    } catch {
      // The client left while its request was read.
      response.destroy();
    }
  }

  async #answer(request: ReceivedRequest, courier: Courier): Promise<void> {
    this.#note(request);
    const api = apiOf(request);
    if (api === undefined) {
      const message = `Invalid URL (${request.method} ${request.url})`;
      this.refusals.push(message);
      return courier.deliver(refusing("openai", { status: 404, message }), {});
    }
    const refusal = api.refusal(request, this.#signatures);
    if (refusal !== undefined) {
      this.refusals.push(refusal.message);
      return courier.deliver(refusing(api.vendor, refusal, refusal.param ?? null), {});
    }
    const script = this.#scriptFor(request);
    this.#remember(script);
    await courier.deliver(api.answer(request, script), script);
  }

  #note(request: ReceivedRequest): void {
    this.requests.push(request);
    const index = this.#waiting.findIndex(({ selector }) => matches(selector, request));
    if (index < 0) return;
    this.#taken.add(request);
    this.#waiting.splice(index, 1)[0]?.resolve(request);
  }

  #scriptFor(request: ReceivedRequest): Script {
    const index = this.#queue.findIndex(({ selector }) => matches(selector, request));
    const entry = index < 0 ? undefined : this.#queue.splice(index, 1)[0];
    const scripting = (entry ?? this.#standing.find(({ selector }) => matches(selector, request)))?.scripting;
    if (scripting === undefined) return text("Hello from the fake provider.");
    return typeof scripting === "function" ? scripting(request) : scripting;
  }

  /** The signatures a provider gave out are the ones it takes back. */
  #remember(script: Script): void {
    if (!("answer" in script)) return;
    for (const part of script.answer.parts) {
      if (part.type === "thinking") this.#signatures.add(part.signature ?? "sig-fake");
      if (part.type === "redacted") this.#signatures.add(part.data);
    }
  }
}

function matches(selector: Selector, request: ReceivedRequest): boolean {
  const { model, key, flavour } = selector;
  return (
    (model === undefined || model === request.model) &&
    (key === undefined || key === request.key) &&
    (flavour === undefined || flavour === request.flavour)
  );
}
