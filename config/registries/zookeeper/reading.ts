import type { Instance } from "../instances.ts";
import { type Read, readProvider, readRegistration } from "./entries.ts";
import { type Session, ZooKeeperError } from "./session.ts";

/** What the tree below a path is made of. */
export interface Root {
  readonly path: string;
  /** Interfaces with providers, as Dubbo writes them; or services with instances, as Spring Cloud does. */
  readonly kind: "dubbo" | "spring";
}

/** What a reading tells. */
export interface ReadingListener {
  /** All that was read, when nothing is being read at the moment. */
  readonly settled: (instances: readonly Instance[]) => void;
  readonly skipped: (what: string, reason: string) => void;
}

/** Nodes beside the interfaces that are none. */
const NO_INTERFACES = new Set(["config", "mapping", "metadata"]);

/** A service's nodes; undefined for those that are no instances. */
type Nodes = Map<string, Instance | undefined>;

/** What one session reads, kept up to date by its watches. */
export class Reading {
  readonly #session: Session;
  readonly #listener: ReadingListener;
  /** Reads a node again, by path. */
  readonly #followed = new Map<string, () => Promise<void>>();
  /** Paths of the services below each root. */
  readonly #roots = new Map<string, ReadonlySet<string>>();
  /** By the services' paths. */
  readonly #services = new Map<string, Nodes>();
  #pending = 0;

  constructor(session: Session, roots: readonly Root[], listener: ReadingListener) {
    this.#session = session;
    this.#listener = listener;
    for (const root of roots) this.#follow(root.path, () => this.#readRoot(root));
  }

  /** A watch has fired. */
  changed(path: string): void {
    const read = this.#followed.get(path);
    if (read !== undefined) void this.#run(path, read);
  }

  #follow(path: string, read: () => Promise<void>): void {
    if (this.#followed.has(path)) return;
    this.#followed.set(path, read);
    void this.#run(path, read);
  }

  async #run(path: string, read: () => Promise<void>): Promise<void> {
    this.#pending++;
    try {
      await read();
    } catch (error) {
      // What else goes wrong ends the session, and this reading with it.
      if (!(error instanceof ZooKeeperError)) return;
      this.#listener.skipped(path, `ZooKeeper answers with ${error.message}`);
    }
    this.#pending--;
    if (this.#pending > 0) return;
    const instances: Instance[] = [];
    for (const nodes of this.#services.values()) {
      for (const instance of nodes.values()) if (instance !== undefined) instances.push(instance);
    }
    this.#listener.settled(instances);
  }

  async #readRoot({ path, kind }: Root): Promise<void> {
    const names = (await this.#children(path)).filter((name) => !NO_INTERFACES.has(name));
    const services = new Map(names.map((name) => [servicePath(path, kind, name), name]));
    for (const service of this.#roots.get(path) ?? []) if (!services.has(service)) this.#forget(service);
    this.#roots.set(path, new Set(services.keys()));
    for (const [service, name] of services) {
      this.#follow(service, () =>
        kind === "dubbo" ? this.#readProviders(service, name) : this.#readService(service, springName(path, name)),
      );
    }
  }

  async #readProviders(path: string, name: string): Promise<void> {
    const nodes = await this.#children(path);
    const used = nodes.map((node) => [node, this.#used(`${path}/${node}`, readProvider(name, node))] as const);
    this.#services.set(path, new Map(used));
  }

  async #readService(path: string, name: string): Promise<void> {
    const names = new Set(await this.#children(path));
    const nodes: Nodes = this.#services.get(path) ?? new Map();
    this.#services.set(path, nodes);
    for (const node of nodes.keys()) if (!names.has(node)) this.#forgetNode(path, nodes, node);
    for (const node of names) {
      const at = `${path}/${node}`;
      this.#follow(at, async () => {
        const text = await this.#session.data(at);
        if (text === undefined) this.#forgetNode(path, nodes, node);
        else nodes.set(node, this.#used(at, readRegistration(name, text)));
      });
    }
  }

  #used(path: string, read: Read): Instance | undefined {
    if (read === undefined || "service" in read) return read;
    this.#listener.skipped(path, read.reason);
    return undefined;
  }

  /** Where a node is not there, its coming is watched for. */
  async #children(path: string): Promise<readonly string[]> {
    for (;;) {
      const names = await this.#session.children(path);
      if (names !== undefined) return names;
      if (!(await this.#session.exists(path))) return [];
    }
  }

  #forget(service: string): void {
    const nodes = this.#services.get(service) ?? new Map<string, undefined>();
    for (const node of nodes.keys()) this.#forgetNode(service, nodes, node);
    this.#followed.delete(service);
    this.#services.delete(service);
  }

  #forgetNode(service: string, nodes: Nodes, node: string): void {
    nodes.delete(node);
    this.#followed.delete(`${service}/${node}`);
  }
}

function servicePath(root: string, kind: Root["kind"], name: string): string {
  const path = root === "/" ? `/${name}` : `${root}/${name}`;
  return kind === "dubbo" ? `${path}/providers` : path;
}

/** As Higress names it: `NAME.services.zookeeper` below `/services`. */
function springName(root: string, name: string): string {
  const place = root.slice(1).replaceAll("/", "-");
  return place === "" ? `${name}.zookeeper` : `${name}.${place}.zookeeper`;
}
