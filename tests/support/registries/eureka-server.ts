import { fileURLToPath } from "node:url";
import { freePort } from "../unprivileged.ts";
import { until } from "../until.ts";
import { readApplications } from "#config/registries/eureka/applications.ts";
import { type EurekaInstance, idOf, written } from "./fake-eureka.ts";

/** The libraries of a Eureka server (tests/fixtures/eureka-server says how to get them): too many to get them each time. */
const LIBRARIES = process.env["SLUICE_TEST_EUREKA"];

/** Why no Eureka can be started here; undefined when one can. */
export const eurekaMissing: string | undefined =
  LIBRARIES === undefined || Bun.which("java") === null
    ? "SLUICE_TEST_EUREKA names no folder of Eureka's libraries, so the tests that need a real one are skipped"
    : undefined;

const MAIN = fileURLToPath(new URL("../../fixtures/eureka-server/EurekaServer.java", import.meta.url));

const SETTINGS = [
  "--eureka.client.register-with-eureka=false",
  "--eureka.client.fetch-registry=false",
  "--eureka.server.enable-self-preservation=false",
  // What is registered is in answers soon.
  "--eureka.server.response-cache-update-interval-ms=50",
  "--eureka.server.wait-time-in-ms-when-sync-empty=0",
];

/** A real Eureka server, as Spring Cloud makes it. */
export class EurekaServer {
  readonly port: number;
  #child: Bun.Subprocess<"ignore", "ignore", "ignore"> | undefined;

  static async start(): Promise<EurekaServer> {
    const server = new EurekaServer(await freePort());
    await server.start();
    return server;
  }

  private constructor(port: number) {
    this.port = port;
  }

  async start(): Promise<void> {
    const java = ["java", "-XX:TieredStopAtLevel=1", "-cp", `${LIBRARIES}/*`, MAIN];
    this.#child = Bun.spawn([...java, `--server.port=${this.port}`, "--server.address=127.0.0.1", ...SETTINGS], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    await until(
      "Eureka answers",
      () =>
        fetch(this.#url("")).then(
          ({ ok }) => ok,
          () => false,
        ),
      60_000,
    );
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** These, and no others, are the instances of an application; one without a port is left alone. */
  async put(name: string, instances: readonly EurekaInstance[]): Promise<void> {
    const app = name.toUpperCase();
    const wanted = new Set(instances.map(idOf));
    for (const id of await this.#ids(app)) {
      if (!wanted.has(id) && !id.endsWith(":0")) await this.#send("DELETE", `/${app}/${id}`);
    }
    for (const instance of instances) {
      await this.#send("POST", `/${app}`, JSON.stringify({ instance: written(app, instance) }));
    }
    // Its answers are made anew from time to time only.
    await until("its answers have them", async () => {
      const ids = (await this.#ids(app)).filter((id) => wanted.has(id) || !id.endsWith(":0"));
      return ids.length === wanted.size && ids.every((id) => wanted.has(id));
    });
  }

  async #ids(app: string): Promise<readonly string[]> {
    const answer = await fetch(this.#url(""), { headers: { accept: "application/json" } });
    const { records } = readApplications(await answer.json());
    return records.flatMap(({ key }) => (key.startsWith(`${app}/`) ? [key.slice(app.length + 1)] : []));
  }

  async #send(method: string, path: string, body?: string): Promise<void> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.#url(path), { method, headers, ...(body === undefined ? {} : { body }) });
    if (!answer.ok) throw new Error(`Eureka answered ${answer.status}: ${await answer.text()}`);
  }

  #url(path: string): string {
    return `http://127.0.0.1:${this.port}/eureka/apps${path}`;
  }
}
