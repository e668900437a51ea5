import type { Exchange } from "#src/core/exchange.ts";
import type { Endpoint } from "./endpoint.ts";
import type { MirrorOptions } from "./http-options.ts";
import { createServices, type Service } from "./service.ts";
import type { UpstreamBody } from "./upstream-body.ts";
import type { HttpDependencies, MirroredCopy } from "./upstream-fetch.ts";

/** Copies under way to one mirror; more are not sent, so that a mirror that hangs costs no memory. */
const MAX_COPIES = 256;

/** Milliseconds that a copy may take, its answer included: Envoy's default for a route. */
const LONGEST = 15_000;

/** A request as its mirrors get it. */
export interface Mirrored {
  readonly exchange: Exchange;
  readonly target: string;
  readonly headers: Headers;
  readonly body: UpstreamBody;
}

/** Those who get copies of a route's requests. */
export interface Mirrors {
  /** Sends copies as soon as the body is known whole. Never throws, and nobody waits for it. */
  copy(request: Mirrored): void;
  close(): void;
}

export function createMirrors(options: readonly MirrorOptions[], deps: HttpDependencies): Mirrors {
  const services = createServices(
    options.map(({ service }) => ({ ...service, weight: 1 })),
    deps,
  );
  const mirrors = services.all.map((service, index) => new Mirror(service, options[index]?.percent ?? 100, deps));
  return {
    copy({ exchange, target, headers, body }) {
      const chosen = mirrors.filter((mirror) => mirror.isChosen());
      if (chosen.length === 0) return;
      // Made now: the headers are changed for the service that answers.
      const copied = new Headers(headers);
      copied.delete("content-length");
      copied.set("host", shadowHost(headers.get("host") ?? exchange.host));
      body.whole().then(
        (bytes) => {
          for (const mirror of chosen) {
            if (bytes === undefined) mirror.drop();
            else mirror.send(exchange, target, copied, bytes);
          }
        },
        () => {},
      );
    },
    close: () => services.close(),
  };
}

/** As Envoy tells a copy from its original: `example.com-shadow:8080`. */
function shadowHost(host: string): string {
  const [, name = host, port = ""] = /^(.*?)(:\d+)?$/.exec(host) ?? [];
  return `${name}-shadow${port}`;
}

class Mirror {
  readonly #service: Service;
  readonly #percent: number;
  readonly #deps: HttpDependencies;
  #copies = 0;

  constructor(service: Service, percent: number, deps: HttpDependencies) {
    this.#service = service;
    this.#percent = percent;
    this.#deps = deps;
  }

  isChosen(): boolean {
    return this.#deps.random() * 100 < this.#percent;
  }

  drop(): void {
    this.#tell("dropped");
  }

  send(exchange: Exchange, target: string, headers: Headers, body: Uint8Array<ArrayBuffer> | null): void {
    const endpoint = this.#copies < MAX_COPIES ? this.#service.pick(exchange, new Set()) : undefined;
    if (endpoint === undefined) return this.drop();
    const own = new Headers(headers);
    this.#service.changeRequest(own);
    this.#copies++;
    endpoint.state.begin();
    // What becomes of a copy is no business of the request's.
    this.#ask(endpoint, target, { method: exchange.request.method, headers: own, body })
      .then(
        (status) => this.#tell(status),
        () => this.#tell("failed"),
      )
      .finally(() => {
        endpoint.state.end();
        this.#copies--;
      });
  }

  #tell(outcome: MirroredCopy["outcome"]): void {
    this.#deps.onMirrored?.({ service: this.#service.name, outcome });
  }

  async #ask(
    { base, state }: Endpoint,
    target: string,
    request: { readonly method: string; readonly headers: Headers; readonly body: Uint8Array<ArrayBuffer> | null },
  ): Promise<number> {
    const late = new AbortController();
    const stop = this.#deps.clock.after(LONGEST, () => late.abort());
    try {
      const response = await this.#service.way.fetch(base + target, {
        ...request,
        signal: late.signal,
        redirect: "manual",
        decompress: false,
        duplex: "half",
      });
      state.reached(response.status);
      // Read to its end, so that the connection can be used again; a long one is cut by the time.
      for await (const _ of response.body ?? []) if (late.signal.aborted) break;
      return response.status;
    } finally {
      stop();
    }
  }
}
