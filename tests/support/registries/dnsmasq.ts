import { mkdtemp, rm } from "node:fs/promises";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../unprivileged.ts";
import { until } from "../until.ts";

/** Why no dnsmasq can be started here; undefined when one can. */
export const dnsmasqMissing: string | undefined =
  Bun.which("dnsmasq") === null ? "dnsmasq is not installed, so the tests that need one are skipped" : undefined;

/** A service record's target. */
export interface ServiceRecord {
  readonly name: string;
  readonly target: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** A DNS server of the test's own, which knows names below `test` and nothing else. */
export class Dnsmasq {
  readonly #folder: string;
  readonly #port: number;
  readonly #hosts = new Map<string, readonly string[]>();
  #version = 0;
  #services: readonly ServiceRecord[] = [];
  #child: Bun.Subprocess<"ignore", "ignore", "ignore"> | undefined;

  static async start(): Promise<Dnsmasq> {
    const server = new Dnsmasq(await mkdtemp(join(tmpdir(), "sluice-dnsmasq-")), await freePort());
    await server.start();
    return server;
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** As clients take it. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** A name has these addresses from now on; none: there is no such name. */
  async put(name: string, addresses: readonly string[]): Promise<void> {
    if (addresses.length === 0) this.#hosts.delete(name);
    else this.#hosts.set(name, addresses);
    await this.#writeHosts();
    this.#child?.kill("SIGHUP");
    await this.#knows();
  }

  /** All service records from now on. */
  async putServices(records: readonly ServiceRecord[]): Promise<void> {
    this.#services = records;
    await this.kill();
    await this.start();
  }

  async start(): Promise<void> {
    await this.#writeHosts();
    const settings = join(this.#folder, "dnsmasq.conf");
    await Bun.write(settings, `${this.#settings().join("\n")}\n`);
    const command = ["dnsmasq", "--keep-in-foreground", `--conf-file=${settings}`, "--pid-file="];
    this.#child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    // Over UDP, a question that comes too early is only repeated after seconds.
    await until("dnsmasq listens", () => accepts(this.#port));
    await this.#knows();
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }

  /** The hosts it knows, and one by which it is seen that it knows them. */
  async #writeHosts(): Promise<void> {
    this.#version += 1;
    const hosts = [...this.#hosts].flatMap(([name, all]) => all.map((address) => `${address} ${name}`));
    await Bun.write(join(this.#folder, "hosts"), [...hosts, `127.0.0.1 v${this.#version}.test`, ""].join("\n"));
  }

  async #knows(): Promise<void> {
    const resolver = new Resolver();
    resolver.setServers([this.address]);
    const name = `v${this.#version}.test`;
    await until("dnsmasq has read its hosts", () =>
      resolver.resolve4(name).then(
        () => true,
        () => false,
      ),
    );
  }

  #settings(): readonly string[] {
    const services = this.#services.map(
      ({ name, target, port, priority, weight }) => `srv-host=${name},${target},${port},${priority},${weight}`,
    );
    const only = ["no-resolv", "no-hosts", "local=/test/", "bind-interfaces", "user=root"];
    const files = [`addn-hosts=${join(this.#folder, "hosts")}`];
    return [...only, ...files, "listen-address=127.0.0.1", `port=${this.#port}`, ...services];
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
