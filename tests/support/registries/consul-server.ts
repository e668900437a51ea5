import { mapping } from "#config/check-values.ts";
import { freePort } from "../unprivileged.ts";
import { until } from "../until.ts";
import type { ConsulInstance } from "./fake-consul.ts";

/** A Consul agent's program: there is no Debian package of it, so whoever has one names it. */
const PROGRAM = process.env["SLUICE_TEST_CONSUL"] ?? Bun.which("consul");

/** Why no Consul can be started here; undefined when one can. */
export const consulMissing: string | undefined =
  PROGRAM === null
    ? "consul is not installed (SLUICE_TEST_CONSUL names one), so the tests that need one are skipped"
    : undefined;

/** A real Consul in development mode: it forgets everything when it ends. */
export class ConsulServer {
  readonly port: number;
  readonly #ports: readonly number[];
  #child: Bun.Subprocess<"ignore", "ignore", "ignore"> | undefined;

  static async start(): Promise<ConsulServer> {
    const ports = await Promise.all(Array.from({ length: 5 }, freePort));
    const server = new ConsulServer(ports);
    await server.start();
    return server;
  }

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.port = ports[0] ?? 0;
  }

  async start(): Promise<void> {
    const [http, server, lan, wan] = this.#ports;
    const flags = [`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${lan}`, `-serf-wan-port=${wan}`];
    const command = [PROGRAM ?? "", "agent", "-dev", ...flags, "-dns-port=-1", "-grpc-port=-1", "-grpc-tls-port=-1"];
    this.#child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    await until("Consul has a leader and itself in its catalog", async () => {
      const answer = await fetch(`${this.#url}/v1/catalog/services`).catch(() => undefined);
      return answer?.ok === true && (await answer.text()).includes("consul");
    });
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** These, and no others, are the instances of a service. */
  async put(name: string, instances: readonly ConsulInstance[]): Promise<void> {
    const known: unknown = await (await fetch(`${this.#url}/v1/agent/services`)).json();
    const wanted = new Map(instances.map((instance) => [`${name}-${instance.host}-${instance.port}`, instance]));
    for (const [ID, instance] of wanted) {
      const { host: Address, port: Port, metadata: Meta = {}, tags: Tags = [] } = instance;
      await this.#send("register", { ID, Name: name, Address, Port, Meta, Tags });
    }
    for (const [id, service] of Object.entries(mapping(known))) {
      if (mapping(service)["Service"] !== name || wanted.has(id)) continue;
      await this.#send(`deregister/${encodeURIComponent(id)}`, {});
    }
  }

  /** An instance that does not pass its check. */
  async putFailing(name: string, { host: Address, port: Port }: ConsulInstance): Promise<void> {
    const Check = { TTL: "10m", Status: "critical" };
    await this.#send("register", { ID: `${name}-failing`, Name: name, Address, Port, Check });
  }

  /** The same one, passing. */
  async pass(name: string): Promise<void> {
    const answer = await fetch(`${this.#url}/v1/agent/check/pass/service:${name}-failing`, { method: "PUT" });
    if (!answer.ok) throw new Error(await answer.text());
  }

  get #url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async #send(path: string, body: object): Promise<void> {
    const url = `${this.#url}/v1/agent/service/${path}`;
    const answer = await fetch(url, { method: "PUT", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`Consul answered ${answer.status}: ${await answer.text()}`);
  }
}
