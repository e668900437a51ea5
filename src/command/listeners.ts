import { isDeepStrictEqual } from "node:util";
import { guarded } from "#config/guarded-certificates.ts";
import type { Config, ListenerConfig } from "#config/model.ts";
import { throughEnvoy } from "../serve/through-envoy.ts";
import type { Host, Listening, ListenOptions, ShownCertificates } from "../core/host.ts";

/** A port to listen on, whoever answers there. */
export interface Binding extends Omit<ListenOptions, "handle"> {
  /** Who answers: clients' traffic, or the operator's. */
  readonly kind: "gateway" | "admin";
  /** Whoever connects is Envoy, and tells whom it stands for. */
  readonly behindEnvoy?: true;
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

/**
 * The bindings a configuration asks for, clients' first. Listeners for TLS that have no certificate are not opened, and where some are behind
 * Envoy, only those.
 */
export function bindingsOf(
  { listeners, admin, services, downstream }: Pick<Config, "listeners" | "admin" | "services" | "downstream">,
  shownBy: ShownBy = configured,
): Binding[] {
  // Their clients speak HTTP/2, without TLS too; nobody else need pay for a listener that knows it.
  const http2 = services.some(({ protocol }) => protocol === "grpc" || protocol === "grpcs") ? { http2: true } : {};
  const limits = limitsOf(downstream);
  const behind = listeners.filter(({ behindEnvoy }) => behindEnvoy === true);
  const own = behind.length > 0 ? behind : listeners;
  const bindings = own.filter(isHttp).flatMap((listener): Binding[] => {
    const { name, host: hostname, port } = listener;
    const at: Binding = {
      kind: "gateway",
      name,
      hostname,
      port,
      ...(behind.length > 0 ? { behindEnvoy: true } : limits),
    };
    if (listener.tls === undefined) return [{ ...at, ...http2 }];
    const tls = shownBy(listener);
    return tls.certificates.length === 0 ? [] : [{ ...at, tls }];
  });
  if (admin !== false) bindings.push({ kind: "admin", hostname: admin.host, port: admin.port });
  return bindings;
}

function limitsOf({ idleTimeout, http2 }: Config["downstream"]): Pick<ListenOptions, "limits"> {
  const limits = { ...(idleTimeout === undefined ? {} : { idleTimeout }), ...(http2 === undefined ? {} : { http2 }) };
  return Object.keys(limits).length === 0 ? {} : { limits };
}

function isHttp({ protocol }: ListenerConfig): boolean {
  return protocol !== "tcp";
}

/** What a listener with TLS shows: the configuration's certificates, and those that were got for it. */
export type ShownBy = (listener: ListenerConfig) => ShownCertificates;

/** The configuration's certificates alone. */
export const configured: ShownBy = ({ tls }) => ({
  certificates: guarded(tls?.certificates ?? [], tls?.asked),
});

interface OpenEntry extends OpenBinding {
  readonly listening: Listening;
}

/** The ports that are open; a reload opens and closes only what changed, and changes certificates while they are open. */
export class Listeners {
  readonly #host: Host;
  readonly #handlers: Readonly<Record<Binding["kind"], ListenOptions["handle"]>>;
  readonly #open = new Map<string, OpenEntry>();

  constructor(host: Host, handlers: Readonly<Record<Binding["kind"], ListenOptions["handle"]>>) {
    this.#host = host;
    this.#handlers = handlers;
  }

  get open(): readonly OpenBinding[] {
    return [...this.#open.values()];
  }

  /**
   * Opens what is new, shows what certificates changed, then closes what is gone. When a port cannot be opened or a certificate cannot be
   * used, it throws and leaves everything as it was.
   */
  async update(bindings: readonly Binding[]): Promise<void> {
    const wanted = new Map(bindings.map((binding, index) => this.#asOpen(binding, index)));
    const replaced = this.#takeReplaced(wanted);
    const undo: (() => unknown)[] = [];
    try {
      for (const [key, binding] of wanted) {
        const open = this.#open.get(key);
        if (open === undefined) {
          this.#open.set(key, await this.#listen(binding));
          undo.push(() => this.#close(key, true));
        } else if (this.#show(key, open, binding)) undo.push(() => this.#show(key, open, open.binding));
      }
    } catch (error) {
      for (const step of undo.toReversed()) await step();
      for (const { key, binding } of replaced) this.#open.set(key, await this.#listen(binding));
      throw error;
    }
    for (const key of this.#open.keys()) if (!wanted.has(key)) void this.#close(key, false);
  }

  /** Stops accepting everywhere; resolves when the requests under way are over, or at once with `force`. */
  async stop(force: boolean): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ listening }) => listening.stop(force)));
  }

  /** A port that speaks HTTP/2 goes on speaking it: the last gRPC service may be back soon, and to open it anew would refuse connections. */
  #asOpen(binding: Binding, index: number): readonly [key: string, binding: Binding] {
    const both = { ...binding, http2: true };
    const key = keyOf(both, index);
    return this.#open.has(key) ? [key, both] : [keyOf(binding, index), binding];
  }

  /** A port that changes its name, its address, its limits, or whether it has TLS, must be let go of before it can be opened anew. */
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

  async #listen(binding: Binding): Promise<OpenEntry> {
    const handler = this.#handlers[binding.kind];
    const handle: ListenOptions["handle"] = (request, connection) =>
      handler(request, throughEnvoy(request, connection));
    const listening = await this.#host.listen({
      ...binding,
      handle: binding.behindEnvoy === true ? handle : handler,
    });
    return { binding, listening, port: listening.port };
  }

  /** Whether there was anything to change. */
  #show(key: string, { listening, port, binding: { tls } }: OpenEntry, binding: Binding): boolean {
    const now = this.#open.get(key)?.binding.tls ?? tls;
    if (binding.tls === undefined || isDeepStrictEqual(now, binding.tls)) return false;
    listening.show?.(binding.tls);
    this.#open.set(key, { binding, listening, port });
    return true;
  }

  async #close(key: string, force: boolean): Promise<void> {
    const entry = this.#open.get(key);
    this.#open.delete(key);
    await entry?.listening.stop(force);
  }
}

/** What a binding is known by; those that pick a free port are told apart by their place. */
function keyOf({ kind, name, hostname, port, tls, http2, limits, behindEnvoy }: Binding, index: number): string {
  const place = [kind, name, hostname, port, port === 0 ? index : ""];
  return JSON.stringify([...place, tls === undefined, http2, limits, behindEnvoy]);
}
