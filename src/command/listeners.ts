import type { Config, ListenerConfig } from "#config/model.ts";
import type { Certificate, Host, Listening, ListenOptions } from "../core/host.ts";

/** A port to listen on, whoever answers there. */
export interface Binding extends Omit<ListenOptions, "handle"> {
  /** Who answers: clients' traffic, or the operator's. */
  readonly kind: "gateway" | "admin";
}

/** A port that is open. */
export interface OpenBinding {
  readonly binding: Binding;
  readonly port: number;
}

/** A port that was closed to be opened in another way. */
interface Replaced extends OpenBinding {
  readonly key: string;
}

/** The bindings a configuration asks for, clients' first. */
export function bindingsOf({ listeners, admin }: Config): Binding[] {
  const bindings = listeners.filter(isHttp).map(bindingOf);
  if (admin !== false) bindings.push({ kind: "admin", hostname: admin.host, port: admin.port });
  return bindings;
}

function bindingOf({ name, host, port, tls }: ListenerConfig): Binding {
  const certificates = tls !== undefined && "certificates" in tls ? { certificates: tls.certificates } : {};
  return { kind: "gateway", name, hostname: host, port, ...certificates };
}

function isHttp({ protocol }: ListenerConfig): boolean {
  return protocol !== "tcp";
}

/** The ports that are open; a reload opens and closes only what changed. */
export class Listeners {
  readonly #host: Host;
  readonly #handlers: Readonly<Record<Binding["kind"], ListenOptions["handle"]>>;
  readonly #open = new Map<string, OpenBinding & { readonly listening: Listening }>();

  constructor(host: Host, handlers: Readonly<Record<Binding["kind"], ListenOptions["handle"]>>) {
    this.#host = host;
    this.#handlers = handlers;
  }

  get open(): readonly OpenBinding[] {
    return [...this.#open.values()];
  }

  /** Opens what is new, then closes what is gone. When a port cannot be opened, it throws and leaves everything as it was. */
  async update(bindings: readonly Binding[]): Promise<void> {
    const wanted = new Map(bindings.map((binding, index) => [keyOf(binding, index), binding]));
    const replaced = this.#takeReplaced(wanted);
    const opened: string[] = [];
    try {
      for (const [key, binding] of wanted) {
        if (this.#open.has(key)) continue;
        const listening = await this.#host.listen({ ...binding, handle: this.#handlers[binding.kind] });
        this.#open.set(key, { binding, listening, port: listening.port });
        opened.push(key);
      }
    } catch (error) {
      for (const key of opened) await this.#close(key, true);
      for (const { key, binding } of replaced) await this.#reopen(key, binding);
      throw error;
    }
    for (const key of this.#open.keys()) if (!wanted.has(key)) void this.#close(key, false);
  }

  /** Stops accepting everywhere; resolves when the requests under way are over, or at once with `force`. */
  async stop(force: boolean): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ listening }) => listening.stop(force)));
  }

  /** A port whose name, address or certificates changed must be let go of before it can be opened anew. */
  #takeReplaced(wanted: ReadonlyMap<string, Binding>): Replaced[] {
    const ports = new Set([...wanted.values()].map(({ port }) => port).filter((port) => port !== 0));
    const replaced: Replaced[] = [];
    for (const [key, open] of this.#open) {
      if (wanted.has(key) || !ports.has(open.binding.port)) continue;
      replaced.push({ ...open, key });
      void this.#close(key, false);
    }
    return replaced;
  }

  async #reopen(key: string, binding: Binding): Promise<void> {
    const listening = await this.#host.listen({ ...binding, handle: this.#handlers[binding.kind] });
    this.#open.set(key, { binding, listening, port: listening.port });
  }

  async #close(key: string, force: boolean): Promise<void> {
    const entry = this.#open.get(key);
    this.#open.delete(key);
    await entry?.listening.stop(force);
  }
}

function addressOf({ hostname, port }: Binding): string {
  return `${hostname} ${port}`;
}

/** What a binding is known by; those that pick a free port are told apart by their place. */
function keyOf(binding: Binding, index: number): string {
  const certificates = binding.certificates?.map(({ cert, key }: Certificate) => cert + key).join("") ?? "";
  return `${binding.kind} ${binding.name ?? ""} ${addressOf(binding)} ${binding.port === 0 ? index : ""} ${certificates}`;
}
