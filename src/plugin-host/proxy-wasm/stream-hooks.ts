import type { Call, Hooks } from "../../core/plugin.ts";
import type { Run } from "./pause.ts";
import { RequestHooks } from "./request-hooks.ts";
import { ResponseHooks } from "./response-hooks.ts";
import type { Vm } from "./vm.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The hooks of one request: those that its guest has callbacks for. */
export class StreamHooks {
  readonly hooks: Hooks;
  readonly #run: Run;
  #over = false;

  constructor(vm: Vm, call: Call, { pause, bodyBytes }: { readonly pause: number; readonly bodyBytes: number }) {
    this.#run = { vm, stream: vm.open(call), longestPause: pause, bodyLimit: bodyBytes };
    this.hooks = this.#made();
  }

  #made(): Hooks {
    const { vm } = this.#run;
    const request = new RequestHooks(this.#run);
    const response = new ResponseHooks(this.#run);
    const hooks: Writable<Hooks> = {
      requestHeaders: (call) => this.#guarded(call, () => request.headers(call)),
      done: (call) => this.#done(call),
    };
    if (vm.has("proxy_on_request_body")) {
      hooks.requestBody = (call, body) => this.#guarded(call, () => request.body(call, body));
    }
    const readsBody = vm.has("proxy_on_response_body");
    if (readsBody) {
      hooks.responseBody = (call, body) => this.#guarded(call, () => response.body(call, body));
      hooks.responseChunk = (call, chunk, last) => this.#guarded(call, () => response.chunk(call, chunk, last));
    }
    if (readsBody || vm.has("proxy_on_response_headers")) {
      hooks.responseHeaders = (call) => this.#guarded(call, () => response.headers(call));
    }
    return hooks;
  }

  /** No hook is called any more after one that has failed, so the guest is told here that the request is over. */
  #guarded<Said>(call: Call, ask: () => Said | Promise<Said>): Said | Promise<Said> {
    this.#run.stream.call = call;
    try {
      const said = ask();
      return said instanceof Promise ? said.catch((thrown: unknown) => this.#failed(call, thrown)) : said;
    } catch (thrown) {
      return this.#failed(call, thrown);
    }
  }

  #failed(call: Call, thrown: unknown): never {
    try {
      this.#done(call);
    } catch {
      // The first failure is the one that is told.
    }
    throw thrown;
  }

  #done(call: Call): void {
    if (this.#over) return;
    this.#over = true;
    this.#run.stream.call = call;
    this.#run.vm.close(this.#run.stream);
  }
}
