import type { Server } from "bun";
import { mapping, strings } from "#config/check-values.ts";
import type { TestInstance } from "#tests/contracts/registry.ts";

/** What the fake is asked to say beside its services. */
interface Oddities {
  /** The token it wants. */
  readonly token?: string;
  readonly datacenter?: string;
}

/** An instance with what only Consul has. */
export interface ConsulInstance extends TestInstance {
  readonly tags?: readonly string[];
  readonly weight?: number;
}

/**
 * A fake Consul: the parts of its HTTP API that discovery takes, as its documentation states them. Blocking queries end when what they are
 * for has changed, or after their wait.
 */
export class FakeConsul {
  /** Every path with its query that was asked for. */
  readonly asked: string[] = [];
  /** Answers that take the place of the fake's own, by the path's beginning. */
  readonly answers: Map<string, () => Response> = new Map();
  /** Entries that a service has beside its instances. */
  readonly #spoilt = new Map<string, readonly unknown[]>();
  readonly #services = new Map<string, { readonly index: number; readonly instances: readonly unknown[] }>();
  readonly #waiting = new Set<() => void>();
  readonly #oddities: Oddities;
  #index = 10;
  #catalogIndex = 10;
  #server: Server<undefined> | undefined;
  #port = 0;

  constructor(oddities: Oddities = {}) {
    this.#oddities = oddities;
  }

  get port(): number {
    return this.#port;
  }

  /** At the same port as before. */
  start(): void {
    this.#server = Bun.serve({
      port: this.#port,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#answer(new URL(request.url), request),
    });
    this.#port = this.#server.port ?? 0;
  }

  async stop(): Promise<void> {
    await this.#server?.stop(true);
    this.#server = undefined;
  }

  /** These are the instances of a service; none: there is no such service. */
  put(name: string, instances: readonly ConsulInstance[]): void {
    this.#put(
      name,
      instances.map((instance) => entryOf(name, instance, this.#oddities.datacenter ?? "dc1")),
    );
  }

  #put(name: string, instances: readonly unknown[]): void {
    this.#index += 1;
    const known = this.#services.has(name);
    if (instances.length === 0) this.#services.delete(name);
    else this.#services.set(name, { index: this.#index, instances });
    if (known !== this.#services.has(name)) this.#catalogIndex = this.#index;
    this.#wake();
  }

  /** A service has entries of no use from now on. */
  spoil(name: string): void {
    this.#spoilt.set(name, [{ Service: "no mapping" }, null, 1]);
  }

  /** Starts counting anew, as a cluster that was restored. */
  forgetIndex(): void {
    this.#index = 1;
    this.#catalogIndex = 1;
    for (const [name, { instances }] of this.#services) this.#services.set(name, { index: 1, instances });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  async #answer(url: URL, request: Request): Promise<Response> {
    this.asked.push(url.pathname + url.search);
    const { token } = this.#oddities;
    if (token !== undefined && request.headers.get("x-consul-token") !== token) {
      return new Response("Permission denied", { status: 403 });
    }
    if (url.searchParams.has("ns")) {
      const why = 'Invalid query parameter: "ns" - Namespaces are a Consul Enterprise feature';
      return new Response(why, { status: 400 });
    }
    for (const [path, answer] of this.answers) if (url.pathname.startsWith(path)) return answer();
    const [, name] = /^\/v1\/health\/service\/(.+)$/.exec(url.pathname) ?? [];
    const index = (): number =>
      name === undefined ? this.#catalogIndex : (this.#services.get(decodeURIComponent(name))?.index ?? this.#index);
    await this.#changed(url, index);
    const body = name === undefined ? this.#catalog() : this.#entries(decodeURIComponent(name));
    return Response.json(body, { headers: { "x-consul-index": String(index()) } });
  }

  async #changed({ searchParams }: URL, index: () => number): Promise<void> {
    const asked = Number(searchParams.get("index") ?? 0);
    if (asked === 0 || index() !== asked) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const wake = (): void => void (index() === asked || end());
      const timer = setTimeout(end, Number.parseInt(searchParams.get("wait") ?? "0", 10));
      this.#waiting.add(wake);
    });
  }

  #entries(name: string): readonly unknown[] {
    return [...(this.#services.get(name)?.instances ?? []), ...(this.#spoilt.get(name) ?? [])];
  }

  #catalog(): Record<string, readonly string[]> {
    const tagsOf = (entry: unknown): string[] =>
      strings(mapping(mapping(entry)["Service"])["Tags"]).map(([, tag]) => tag);
    const services = [...this.#services];
    return Object.fromEntries(services.map(([name, { instances }]) => [name, [...new Set(instances.flatMap(tagsOf))]]));
  }
}

function entryOf(name: string, instance: ConsulInstance, datacenter: string): object {
  const { host, port, metadata = {}, tags = [], weight = 1 } = instance;
  return {
    Node: { Node: "node-1", Address: "10.9.9.9", Datacenter: datacenter },
    Service: {
      ID: `${name}-${host}-${port}`,
      Service: name,
      Tags: tags,
      Address: host,
      Meta: metadata,
      Port: port,
      Weights: { Passing: weight, Warning: 1 },
    },
    Checks: [{ CheckID: "serfHealth", Status: "passing" }],
  };
}
