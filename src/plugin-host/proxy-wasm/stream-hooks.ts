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
      requestHeaders: (call) => this.#guarded(() => request.headers(call)),
      done: () => this.#done(),
    };
    if (vm.has("proxy_on_request_body")) {
      hooks.requestBody = (call, body) => this.#guarded(() => request.body(call, body));
    }
    const readsBody = vm.has("proxy_on_response_body");
    if (readsBody) hooks.responseChunk = (call, chunk, last) => this.#guarded(() => response.chunk(call, chunk, last));
    if (readsBody || vm.has("proxy_on_response_headers")) {
      const wholeBody: Hooks["responseBody"] = (call, body) => this.#guarded(() => response.body(call, body));
      const chosen = <V>(verdict: V): V => {
        // The body is read whole only for a guest that holds the headers back for it.
        if (response.whole) hooks.responseBody = wholeBody;
        return verdict;
      };
      hooks.responseHeaders = (call) => {
        const verdict = this.#guarded(() => response.headers(call));
        return verdict instanceof Promise ? verdict.then(chosen) : chosen(verdict);
      };
    }
    return hooks;
  }

  /** No hook is called any more after one that has failed, so the guest is told here that the request is over. */
  #guarded<Said>(ask: () => Said | Promise<Said>): Said | Promise<Said> {
    try {
      const said = ask();
      return said instanceof Promise ? said.catch((thrown: unknown) => this.#failed(thrown)) : said;
    } catch (thrown) {
      return this.#failed(thrown);
    }
  }

  #failed(thrown: unknown): never {
    try {
      this.#done();
    } catch {
      // The first failure is the one that is told.
    }
    throw thrown;
  }

  #done(): void {
    if (this.#over) return;
    this.#over = true;
    this.#run.vm.close(this.#run.stream);
  }
}
