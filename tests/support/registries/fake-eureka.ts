import type { Server } from "bun";
import type { TestInstance } from "#tests/contracts/registry.ts";

/** An instance with what only Eureka has. */
export interface EurekaInstance extends TestInstance {
  readonly status?: string;
  /** Only the port with TLS is open. */
  readonly secure?: boolean;
}

/** An instance as it is on the wire. */
type Written = Readonly<Record<string, unknown>> & { readonly instanceId: string; readonly status: string };

/**
 * A fake Eureka server: all applications, and what has changed lately, as the wiki of Netflix/eureka and answers of a real server (2.0.4)
 * state them. It forgets everything when it stops.
 */
export class FakeEureka {
  /** Every path that was asked for. */
  readonly asked: string[] = [];
  /** Deltas are answered with 404. */
  deltasOff = false;
  /** The next delta leaves out what has changed. */
  losesDelta = false;
  /** Lists of one are no lists, as servers of version 1 write them. */
  bareLists = false;
  readonly #apps = new Map<string, Map<string, Written>>();
  #changes: (readonly [app: string, instance: Written])[] = [];
  #server: Server<undefined> | undefined;
  #port = 0;

  get port(): number {
    return this.#port;
  }

  /** At the same port as before. */
  start(): void {
    this.#server = Bun.serve({
      port: this.#port,
      hostname: "127.0.0.1",
      fetch: ({ url }) => this.#answer(new URL(url).pathname),
    });
    this.#port = this.#server.port ?? 0;
  }

  async stop(): Promise<void> {
    await this.#server?.stop(true);
    this.#server = undefined;
    this.#apps.clear();
    this.#changes = [];
  }

  /** These, and no others, are the instances of an application. */
  put(name: string, instances: readonly EurekaInstance[]): void {
    const app = name.toUpperCase();
    const known = this.#apps.get(app) ?? new Map<string, Written>();
    const wanted = new Map(instances.map((instance) => [idOf(instance), written(app, instance)]));
    for (const [id, old] of known) if (!wanted.has(id)) this.#change(app, { ...old, actionType: "DELETED" });
    for (const instance of wanted.values()) this.#change(app, { ...instance, actionType: "ADDED" });
    if (wanted.size === 0) this.#apps.delete(app);
    else this.#apps.set(app, wanted);
  }

  #change(app: string, instance: Written): void {
    this.#changes.push([app, instance]);
  }

  #answer(path: string): Response {
    this.asked.push(path);
    if (path === "/eureka/apps")
      return this.#applications([...this.#apps].map(([app, all]) => [app, [...all.values()]]));
    if (path !== "/eureka/apps/delta" || this.deltasOff) return new Response("not found", { status: 404 });
    if (this.losesDelta) this.#changes = [];
    this.losesDelta = false;
    const apps = [...new Set(this.#changes.map(([app]) => app))];
    return this.#applications(
      apps.map((app) => [app, this.#changes.filter(([changed]) => changed === app).map(([, instance]) => instance)]),
    );
  }

  #applications(apps: readonly (readonly [name: string, instances: readonly Written[]])[]): Response {
    const application = apps.map(([name, instances]) => ({ name, instance: this.#listed(instances) }));
    const body = { versions__delta: "1", apps__hashcode: this.#hashCode(), application: this.#listed(application) };
    return Response.json({ applications: body });
  }

  #listed<T>(list: readonly T[]): T | readonly T[] {
    const [only] = list;
    return this.bareLists && list.length === 1 && only !== undefined ? only : list;
  }

  #hashCode(): string {
    const statuses = [...this.#apps.values()].flatMap((all) => [...all.values()].map(({ status }) => status));
    const kinds = [...new Set(statuses)].sort();
    return kinds.map((kind) => `${kind}_${statuses.filter((status) => status === kind).length}_`).join("");
  }
}

/** The id that an instance of the tests has. */
export function idOf({ host, port }: TestInstance): string {
  return `${host}:${port}`;
}

/** An instance of the tests as it is registered. */
export function written(app: string, instance: EurekaInstance): Written {
  const { host, port, metadata = {}, status = "UP", secure = false } = instance;
  return {
    instanceId: idOf(instance),
    hostName: host,
    app,
    ipAddr: host,
    status,
    port: { $: secure ? 80 : port, "@enabled": String(!secure) },
    securePort: { $: secure ? port : 443, "@enabled": String(secure) },
    dataCenterInfo: { "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", name: "MyOwn" },
    metadata: { "@class": "java.util.Collections$EmptyMap", ...metadata },
    vipAddress: app.toLowerCase(),
  };
}
