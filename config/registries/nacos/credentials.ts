import { mapping } from "../../check-values.ts";
import type { RegistryConfig } from "../../model/registries.ts";
import { hostAndPort } from "../host-port.ts";
import { requestJson } from "../json-request.ts";
import type { RegistryWorld } from "../registry.ts";
import type { ServerAddress } from "./servers.ts";

/** An answer that takes longer has failed. */
const LIMIT = 10_000;

/** The part of its life that a token is used for. */
const USED = 0.8;

const OLD_LOGIN = "/nacos/v1/auth/users/login";
const NEW_LOGIN = "/nacos/v3/auth/user/login";

/** A server without the path. */
const UNKNOWN_PATH: ReadonlySet<number> = new Set([404, 405, 410, 501]);

/** What a request is about: access keys sign it. */
export type Resource = { readonly service: string; readonly group: string } | { readonly config: string };

/** Who asks: a user with a password, who is given tokens; an access key with its secret; or nobody. */
export class Credentials {
  readonly #config: RegistryConfig;
  readonly #world: RegistryWorld;
  readonly #signal: AbortSignal;
  #token: { readonly text: string; readonly until: number } | undefined;

  constructor(config: RegistryConfig, world: RegistryWorld, signal: AbortSignal) {
    this.#config = config;
    this.#world = world;
    this.#signal = signal;
  }

  /** What a request has to say: headers over gRPC, parameters over HTTP. Rejects when there is no token to be had. */
  async fields(server: ServerAddress, resource: Resource): Promise<Readonly<Record<string, string>>> {
    const { nacosUsername: username, nacosPassword: password = "" } = this.#config.auth;
    const token = username === undefined ? undefined : await this.#tokenOf(server, { username, password });
    return {
      ...(token === undefined ? {} : { accessToken: token }),
      ...(await this.#signature(resource)),
    };
  }

  /** The token is no longer good. */
  forget(): void {
    this.#token = undefined;
  }

  /** A text without the token: some runtimes name the URL that they could not ask. */
  hidden(text: string): string {
    return this.#token === undefined ? text : text.replaceAll(this.#token.text, "***");
  }

  async #tokenOf(server: ServerAddress, form: { readonly username: string; readonly password: string }) {
    const now = this.#world.clock.monotonic();
    if (this.#token === undefined || this.#token.until <= now) this.#token = await this.#login(server, form);
    return this.#token.text;
  }

  async #login({ host: domain, port }: ServerAddress, form: Readonly<Record<string, string>>) {
    const paths = this.#config.type === "nacos3" ? [NEW_LOGIN, OLD_LOGIN] : [OLD_LOGIN, NEW_LOGIN];
    let status = 0;
    for (const path of paths) {
      const asked = this.#world.clock.monotonic();
      const url = `http://${hostAndPort({ domain, port })}${path}`;
      const answer = await requestJson(this.#world, { url, form, timeout: LIMIT, signal: this.#signal });
      ({ status } = answer);
      if (UNKNOWN_PATH.has(status)) continue;
      const body = mapping(answer.body);
      const { accessToken: text, tokenTtl: seconds } = { ...mapping(body["data"]), ...body };
      if (status !== 200 || typeof text !== "string" || text === "") break;
      const life = typeof seconds === "number" && seconds > 0 ? seconds : 18_000;
      return { text, until: asked + life * 1000 * USED };
    }
    throw new Error(
      `the login was answered with ${status} and no token: nacosUsername and nacosPassword must be right`,
    );
  }

  async #signature(resource: Resource): Promise<Readonly<Record<string, string>>> {
    const { nacosAccessKey: key, nacosSecretKey: secret } = this.#config;
    if (key === undefined || secret === undefined) return {};
    const now = String(this.#world.clock.now());
    if ("config" in resource) {
      const signature = await sign(secret, `${resource.config}+${now}`);
      return { "Spas-AccessKey": key, Timestamp: now, "Spas-Signature": signature };
    }
    const data = `${now}@@${resource.group}@@${resource.service}`;
    return { ak: key, data, signature: await sign(secret, data) };
  }
}

/** As Alibaba Cloud's access keys sign: HMAC-SHA1, in base64. */
async function sign(secret: string, data: string): Promise<string> {
  const { createHmac } = await import("node:crypto");
  return createHmac("sha1", secret).update(data).digest("base64");
}
