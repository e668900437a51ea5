import { entries, mapping } from "#config/check-values.ts";
import { freePort, openFolder } from "../unprivileged.ts";
import { until } from "../until.ts";
import type { NacosInstance } from "./fake-nacos.ts";
import { freePair } from "./free-pair.ts";

/** R-Nacos, which speaks Nacos' protocols: `cargo install rnacos` takes too long to do it each time, so whoever has it names it. */
const PROGRAM = process.env["SLUICE_TEST_RNACOS"] ?? Bun.which("rnacos");

/** Why no R-Nacos can be started here; undefined when one can. */
export const rnacosMissing: string | undefined =
  PROGRAM === null
    ? "rnacos is not installed (SLUICE_TEST_RNACOS names one), so the tests that need one are skipped"
    : undefined;

/** Who is let in where not everybody is. */
export const ADMIN = { username: "admin", password: "wrong-horse" };

/** A server written by others, with Nacos' gRPC services (2) and HTTP API (1). */
export class RnacosServer {
  /** Of the HTTP API; gRPC is at 1000 more. */
  readonly port: number;
  readonly #consolePort: number;
  readonly #auth: boolean;
  readonly #folder = openFolder("rnacos");
  #child: Bun.Subprocess<"ignore", "ignore", "ignore"> | undefined;

  /** With `auth`, only ADMIN is let in. */
  static async start(auth = false): Promise<RnacosServer> {
    const server = new RnacosServer(await freePair(), await freePort(), auth);
    await server.start();
    return server;
  }

  private constructor(port: number, consolePort: number, auth: boolean) {
    this.port = port;
    this.#consolePort = consolePort;
    this.#auth = auth;
  }

  /** What it was told before is there again, where it is kept: configurations. */
  async start(): Promise<void> {
    // Now and then a part of it (0.8.3) dies while it starts, so that it takes nothing in: such a one is started again.
    for (let tries = 0; tries < 20; tries += 1) {
      this.#spawn();
      await until("R-Nacos answers", () => this.#answers());
      if (await this.#takes()) return;
      await this.kill();
    }
    throw new Error("R-Nacos does not start");
  }

  #spawn(): void {
    this.#child = Bun.spawn([PROGRAM ?? ""], {
      cwd: this.#folder.path,
      env: {
        RNACOS_SDK_HOST: "127.0.0.1",
        RNACOS_HTTP_PORT: String(this.port),
        RNACOS_GRPC_PORT: String(this.port + 1000),
        RNACOS_HTTP_CONSOLE_PORT: String(this.#consolePort),
        RNACOS_CONFIG_DB_DIR: this.#folder.path,
        RNACOS_DATA_DIR: this.#folder.path,
        RNACOS_API_LOGIN_ONE_MINUTE_LIMIT: "1000000",
        RNACOS_ENABLE_OPEN_API_AUTH: String(this.#auth),
        RNACOS_INIT_ADMIN_USERNAME: ADMIN.username,
        RNACOS_INIT_ADMIN_PASSWORD: ADMIN.password,
      },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
  }

  #answers(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.port}/nacos/v1/ns/service/list?pageNo=1&pageSize=1`).then(
      () => true,
      () => false,
    );
  }

  /** Whether it takes a configuration in, if not at once. */
  #takes(): Promise<boolean> {
    const probe = (): Promise<boolean> =>
      this.publish("probe", "probe", {}).then(
        () => true,
        () => false,
      );
    return until("it takes a configuration in", probe, 1500).then(
      () => true,
      () => false,
    );
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  async close(): Promise<void> {
    await this.kill();
    this.#folder.remove();
  }

  /** These, and no others, are the instances of a service; one without a port is left alone. */
  async put(serviceName: string, instances: readonly NacosInstance[]): Promise<void> {
    const known = await this.instances(serviceName);
    const wanted = new Set(instances.map(({ host, port }) => `${host}:${port}`));
    for (const { host, port, metadata = {}, weight = 1, enabled = true } of instances) {
      const instance = { ip: host, port: String(port), weight: String(weight), enabled: String(enabled) };
      const others = { serviceName, ephemeral: "true", metadata: JSON.stringify(metadata) };
      await this.#ask("POST", "ns/instance", { ...instance, ...others });
    }
    for (const { host, port } of known) {
      if (wanted.has(`${host}:${port}`) || port === 0) continue;
      await this.#ask("DELETE", "ns/instance", { serviceName, ip: host, port: String(port), ephemeral: "true" });
    }
  }

  /** Keeps a configuration. */
  async publish(group: string, dataId: string, content: object): Promise<void> {
    await this.#ask("POST", "cs/configs", { group, dataId, tenant: "public", content: JSON.stringify(content) });
  }

  async instances(serviceName: string): Promise<readonly { readonly host: string; readonly port: number }[]> {
    const answer: unknown = JSON.parse(await this.#ask("GET", "ns/instance/list", { serviceName }));
    return entries(mapping(answer)["hosts"]).map(([, { ip, port }]) => ({ host: String(ip), port: Number(port) }));
  }

  async #ask(method: string, path: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    const url = new URL(`http://127.0.0.1:${this.port}/nacos/v1/${path}`);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    if (this.#auth) url.searchParams.set("accessToken", await this.#login());
    const answer = await fetch(url, { method });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`R-Nacos answered ${answer.status}: ${text}`);
    return text;
  }

  async #login(): Promise<string> {
    const body = new URLSearchParams(ADMIN);
    const answer = await fetch(`http://127.0.0.1:${this.port}/nacos/v1/auth/login`, { method: "POST", body });
    if (!answer.ok) throw new Error(`R-Nacos answered a login with ${answer.status}: ${await answer.text()}`);
    return String(mapping(await answer.json())["accessToken"]);
  }
}
