import process from "node:process";
import type { Clock } from "../../core/clock.ts";
import type {
  OpenServiceClient,
  ServiceClient,
  ServiceLink,
  ServiceRequest,
  UpstreamSocket,
} from "../../core/service-link.ts";

/** Ways to services over `node:` modules, the same on Bun and Deno. They are loaded when the first request comes: most gateways need none. */
export const openServiceClient: OpenServiceClient = (link, clock) => {
  checkCertificates(link);
  return new LazyClient(link, clock);
};

/** A mistake shows up when the configuration is built, not at the first request. */
function checkCertificates({ tls }: ServiceLink): void {
  if ((tls?.ca ?? tls?.cert ?? tls?.key) === undefined) return;
  const { ca, cert, key } = tls ?? {};
  if ((cert === undefined) !== (key === undefined)) throw new Error("cert and key belong together");
  try {
    process.getBuiltinModule("node:tls").createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    });
  } catch {
    // What the runtime says of it may quote the key.
    throw new Error("its tls certificates or key cannot be read, or are not of one pair");
  }
}

class LazyClient implements ServiceClient {
  readonly #link: ServiceLink;
  readonly #clock: Clock;
  #client: Promise<ServiceClient> | undefined;
  #closed = false;

  constructor(link: ServiceLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  async fetch(url: string, init: ServiceRequest): Promise<Response> {
    this.#client ??= this.#open();
    return (await this.#client).fetch(url, init);
  }

  async connectWebSocket(url: string, protocols: readonly string[], headers: Headers): Promise<UpstreamSocket> {
    const { openWebSocket } = await import("./websocket.ts");
    return openWebSocket(url, { protocols, headers }, { link: this.#link, clock: this.#clock });
  }

  close(): void {
    this.#closed = true;
    void this.#client?.then((client) => client.close());
  }

  async #open(): Promise<ServiceClient> {
    const client = this.#link.http2
      ? new (await import("./http2-client.ts")).Http2Client(this.#link, this.#clock)
      : new (await import("./http1-client.ts")).Http1Client(this.#link, this.#clock);
    if (this.#closed) client.close();
    return client;
  }
}
