import { Agent } from "node:https";
import * as acme from "acme-client";
import {
  type AccountKeeper,
  type Authority,
  AuthorityError,
  type AuthorityOptions,
  type Issued,
  type Solver,
} from "./authority.ts";
import type { Challenge, ChallengeType } from "./record.ts";
import { certificateId, type RenewalInfo, renewalInfoOf } from "./renewal-info.ts";
import { milliseconds } from "./retry-after.ts";

/** The refusal that the last answer told of. */
interface Refusal {
  readonly type?: string;
  readonly retryAfter?: number;
}

type Order = Parameters<acme.Client["createOrder"]>[0] & { readonly replaces?: string };
type Authorization = Awaited<ReturnType<acme.Client["getAuthorizations"]>>[number];

const ERROR_TYPE = "urn:ietf:params:acme:error:";

/** No answer takes longer, in milliseconds. */
const PATIENCE = 30_000;

/** Looks at an order, before it is given up. */
const LOOKS = 30;

/** An authority by RFC 8555, on acme-client. That library's settings are the process': one authority at a time. */
export class AcmeAuthority implements Authority {
  readonly #options: AuthorityOptions;
  readonly #now: () => number;
  #refusal: Refusal = {};

  constructor(options: AuthorityOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
    const { caCertificate } = options;
    const httpsAgent = caCertificate === undefined ? undefined : new Agent({ ca: caCertificate });
    Object.assign(acme.axios.defaults, { timeout: PATIENCE, httpsAgent });
    // The library's own would wait for as long as the authority says, hours perhaps, within one request.
    acme.axios.interceptors.request.clear();
    acme.axios.interceptors.response.clear();
    acme.axios.interceptors.response.use((answer) => {
      this.#refusal =
        answer.status < 400 ? {} : this.#refusalOf(answer.data, String(answer.headers["retry-after"] ?? ""));
      return answer;
    });
  }

  async issue(
    name: string,
    solver: Solver,
    keeper: AccountKeeper,
    signal: AbortSignal,
    replaces?: string,
  ): Promise<Issued> {
    try {
      return await this.#issue(name, solver, await this.#client(keeper), signal, replaces);
    } catch (error) {
      // The authority has forgotten the account, or closed it: a new one is as good.
      if (!this.#accountIsGone(error)) throw this.#failure(error);
    }
    try {
      return await this.#issue(name, solver, await this.#newClient(keeper), signal, replaces);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async renewalInfo(cert: string): Promise<RenewalInfo | undefined> {
    const id = certificateId(cert);
    const url = await this.#renewalInfoUrl();
    if (id === undefined || url === undefined) return undefined;
    const { status, data, headers } = await acme.axios.get<unknown>(`${url}/${id}`, { validateStatus: null });
    if (status !== 200) return undefined;
    return renewalInfoOf(data, milliseconds(String(headers["retry-after"] ?? ""), this.#now()));
  }

  async #renewalInfoUrl(): Promise<string | undefined> {
    const { data } = await acme.axios.get<unknown>(this.#options.directory, { validateStatus: null });
    const found = typeof data === "object" && data !== null && "renewalInfo" in data ? data.renewalInfo : undefined;
    return typeof found === "string" ? found.replace(/\/$/, "") : undefined;
  }

  async #issue(
    name: string,
    solver: Solver,
    client: acme.Client,
    signal: AbortSignal,
    replaces: string | undefined,
  ): Promise<Issued> {
    const order = await this.#order(client, name, replaces);
    for (const authorization of await client.getAuthorizations(order)) {
      signal.throwIfAborted();
      if (authorization.status !== "valid") await prove(client, authorization, solver, signal);
    }
    signal.throwIfAborted();
    const ownKey = await this.#newKey();
    const [key, request] = await acme.crypto.createCsr({ altNames: [name] }, ownKey);
    const finalized = await client.finalizeOrder(order, request);
    return { cert: await client.getCertificate(finalized), key: String(key) };
  }

  async #order(
    client: acme.Client,
    name: string,
    replaces: string | undefined,
  ): Promise<Awaited<ReturnType<acme.Client["createOrder"]>>> {
    const order: Order = { identifiers: [{ type: "dns", value: name }] };
    const replaced =
      replaces === undefined || (await this.#renewalInfoUrl()) === undefined ? undefined : certificateId(replaces);
    if (replaced === undefined) return client.createOrder(order);
    const replacing: Order = { ...order, replaces: replaced };
    // What it replaces is a help to the authority, no condition.
    return client.createOrder(replacing).catch((error: unknown) => {
      if (this.#refusal.retryAfter !== undefined || this.#accountIsGone(error)) throw error;
      return client.createOrder(order);
    });
  }

  async #client(keeper: AccountKeeper): Promise<acme.Client> {
    const account = await keeper.account();
    return account === undefined ? this.#newClient(keeper) : this.#clientOf(account.key, account.url);
  }

  async #newClient(keeper: AccountKeeper): Promise<acme.Client> {
    const key = String(await acme.crypto.createPrivateEcdsaKey());
    const client = this.#clientOf(key);
    const { email } = this.#options;
    const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
    await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    await keeper.saveAccount({ key, url: client.getAccountUrl() });
    return client;
  }

  #clientOf(accountKey: string, accountUrl?: string): acme.Client {
    const { directory, eab, pollInterval } = this.#options;
    return new acme.Client({
      directoryUrl: directory,
      accountKey,
      backoffAttempts: LOOKS,
      backoffMin: pollInterval,
      backoffMax: pollInterval * 10,
      ...(accountUrl === undefined ? {} : { accountUrl }),
      ...(eab === undefined ? {} : { externalAccountBinding: { kid: eab.keyId, hmacKey: eab.hmacKey } }),
    });
  }

  #newKey(): Promise<Buffer> {
    return this.#options.keyType === "rsa" ? acme.crypto.createPrivateRsaKey() : acme.crypto.createPrivateEcdsaKey();
  }

  #accountIsGone(error: unknown): boolean {
    const { type } = this.#refusal;
    return type === "accountDoesNotExist" || (type === "unauthorized" && /deactivated|revoked/i.test(String(error)));
  }

  #refusalOf(body: unknown, retryAfter: string): Refusal {
    const written = typeof body === "object" && body !== null && "type" in body ? String(body.type) : "";
    const wait = milliseconds(retryAfter, this.#now());
    return {
      ...(written.startsWith(ERROR_TYPE) ? { type: written.slice(ERROR_TYPE.length) } : {}),
      ...(wait === undefined ? {} : { retryAfter: wait }),
    };
  }

  #failure(error: unknown): AuthorityError {
    const message = error instanceof Error ? error.message : String(error);
    return new AuthorityError(message.slice(0, 500), this.#refusal, error);
  }
}

/** Shows the authority that the name is ours. */
async function prove(
  client: acme.Client,
  authorization: Authorization,
  solver: Solver,
  signal: AbortSignal,
): Promise<void> {
  const type = solver.types.find((one) => authorization.challenges.some((offered) => offered.type === one));
  const offered = authorization.challenges.find((one) => one.type === type);
  const name = authorization.identifier.value;
  if (type === undefined || offered === undefined) {
    const types = authorization.challenges.map((one) => one.type).join(", ");
    throw new Error(`the authority checks ${name} by ${types}, of which acme.challenges has none`);
  }
  const challenge = await challengeOf(client, authorization, type, offered);
  await solver.putUp(challenge);
  try {
    signal.throwIfAborted();
    await client.completeChallenge(offered);
    await client.waitForValidStatus(offered);
  } finally {
    // It is over by itself; the order must not fail for it.
    await solver.takeDown(challenge).catch(() => undefined);
  }
}

async function challengeOf(
  client: acme.Client,
  authorization: Authorization,
  type: ChallengeType,
  offered: Authorization["challenges"][number],
): Promise<Challenge> {
  const name = authorization.identifier.value;
  const value = await client.getChallengeKeyAuthorization(offered);
  const challenge = { type, name, token: offered.token, value };
  if (type !== "tls-alpn-01") return challenge;
  const [key, cert] = await acme.crypto.createAlpnCertificate(authorization, value);
  return { ...challenge, certificate: { cert: String(cert), key: String(key) } };
}
