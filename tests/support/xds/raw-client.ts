import { Client, type ClientDuplexStream, type ChannelCredentials, credentials, Metadata } from "@grpc/grpc-js";
import type { Messages } from "#src/control/xds/messages.ts";
import { RESOURCE_KINDS, type ResourceType } from "#src/control/xds/resource-types.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";

const ADS = "/envoy.service.discovery.v3.AggregatedDiscoveryService/";

/** The two protocols' names of messages and methods. */
const WIRE = {
  sotw: { request: "DiscoveryRequest", response: "DiscoveryResponse", path: `${ADS}StreamAggregatedResources` },
  delta: {
    request: "DeltaDiscoveryRequest",
    response: "DeltaDiscoveryResponse",
    path: `${ADS}DeltaAggregatedResources`,
  },
} as const;

/** How a raw client connects. */
export interface RawClientOptions {
  readonly protocol: "sotw" | "delta";
  readonly port: number;
  readonly messages: Messages;
  readonly path?: string;
  readonly token?: string;
  readonly credentials?: ChannelCredentials;
  /** Otherwise clients of one server share a connection. */
  readonly ownConnection?: boolean;
}

/** A gRPC client that sends what it is told to and keeps what comes, in order. */
export class RawClient implements Disposable {
  readonly answers: JsonObject[] = [];
  readonly protocol: "sotw" | "delta";
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Uint8Array, Uint8Array>;
  readonly #messages: Messages;
  readonly #wire: (typeof WIRE)["sotw" | "delta"];
  readonly #ended = Promise.withResolvers<{ code: number; details: string }>();
  #arrived = Promise.withResolvers<void>();
  #read = 0;

  constructor(options: RawClientOptions) {
    this.protocol = options.protocol;
    this.#messages = options.messages;
    this.#wire = WIRE[options.protocol];
    this.#client = new Client(`127.0.0.1:${options.port}`, options.credentials ?? credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": options.ownConnection === true ? 1 : 0,
    });
    const metadata = new Metadata();
    if (options.token !== undefined) metadata.set("authorization", `Bearer ${options.token}`);
    const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
    this.#call = this.#client.makeBidiStreamRequest(options.path ?? this.#wire.path, same, same, metadata);
    this.#call.on("data", (bytes: Uint8Array) => {
      this.answers.push(this.#messages.toJson(`envoy.service.discovery.v3.${this.#wire.response}`, bytes));
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers<void>();
    });
    this.#call.on("status", (status: { code: number; details: string }) => this.#ended.resolve(status));
    this.#call.on("error", () => {});
  }

  /** Resolves with how the call ended. */
  get ended(): Promise<{ code: number; details: string }> {
    return this.#ended.promise;
  }

  /** Sends a request in JSON form; `type` in place of the type URL. */
  send(type: ResourceType | undefined, fields: JsonObject = {}): void {
    const typeUrl = RESOURCE_KINDS.find((kind) => kind.type === type)?.typeUrl;
    const request = { ...fields, ...(typeUrl === undefined ? {} : { typeUrl }) };
    this.#call.write(this.#messages.encode(`envoy.service.discovery.v3.${this.#wire.request}`, request));
  }

  /** The next answer. */
  async next(): Promise<JsonObject> {
    while (this.answers.length <= this.#read) await this.#arrived.promise;
    return this.answers[this.#read++] ?? {};
  }

  /** The next answer is taken. Answers it. */
  async accept(type: ResourceType, fields: JsonObject = {}): Promise<JsonObject> {
    const answer = await this.next();
    const version = this.#wire === WIRE.sotw ? { versionInfo: answer["versionInfo"] ?? "" } : {};
    this.send(type, { responseNonce: answer["nonce"] ?? "", ...version, ...fields });
    return answer;
  }

  /**
   * Resolves when the server has handled everything sent up to now and has sent nothing more than was read: shown by a request of its
   * own that is answered at once.
   */
  async quiet(): Promise<void> {
    const marker = `quiet-${crypto.randomUUID()}`;
    if (this.#wire === WIRE.sotw) throw new Error("Only the incremental protocol answers for what is not there.");
    this.send("rtds", { resourceNamesSubscribe: [marker] });
    const answer = await this.next();
    if (!removedOf(answer).includes(marker)) throw new Error(`Sent in between: ${JSON.stringify(answer)}`);
    this.send("rtds", { responseNonce: answer["nonce"] ?? "", resourceNamesUnsubscribe: [marker] });
  }

  [Symbol.dispose](): void {
    this.#call.cancel();
    this.#client.close();
  }
}

/** The names in an answer, whichever protocol it is of. */
export function namesOf(answer: JsonObject): string[] {
  const { resources } = answer;
  if (!Array.isArray(resources)) return [];
  return resources.flatMap((one) => {
    if (!isObject(one)) return [];
    const { name, clusterName } = one;
    return typeof name === "string" ? [name] : typeof clusterName === "string" ? [clusterName] : [];
  });
}

/** The names that an incremental answer says are gone. */
export function removedOf({ removedResources }: JsonObject): string[] {
  return Array.isArray(removedResources) ? removedResources.filter((one) => typeof one === "string") : [];
}
