import { Server as GrpcServer, ServerCredentials, type ServerDuplexStream, type ServerUnaryCall } from "@grpc/grpc-js";
import type { Server } from "bun";
import type { Mapping } from "#config/check-values.ts";
import type { TestInstance } from "#tests/contracts/registry.ts";
import { FakeNacosConfigs } from "./fake-nacos-configs.ts";
import { freePair } from "./free-pair.ts";
import { type NacosMessage, no, ok, readMessage, said, writeMessage } from "./nacos-proto.ts";

/** An instance as Nacos knows it. */
export interface NacosInstance extends TestInstance {
  readonly weight?: number;
  readonly healthy?: boolean;
  readonly enabled?: boolean;
}

/** What a fake does that others do not. */
export interface Oddities {
  /** Whoever asks must be this user. */
  readonly user?: { readonly name: string; readonly password: string; readonly tokenTtl: number };
  /** How often a connection is not known yet after it has introduced itself. */
  readonly slowToKnow?: number;
  /** Paths that it does not have. */
  readonly without?: readonly string[];
}

/** Where a service is. */
interface Place {
  readonly namespace?: string;
  readonly group?: string;
}

type Stream = ServerDuplexStream<NacosMessage, NacosMessage>;

interface Client {
  readonly stream: Stream;
  unknown: number;
  readonly subscribed: Set<string>;
}

const serialize = (message: NacosMessage): Buffer => Buffer.from(writeMessage(message));
const deserialize = (bytes: Buffer): NacosMessage => readMessage(bytes);
const CODEC = {
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
};

/**
 * A fake of Nacos: the messages of its gRPC services (2 and 3) and its HTTP API (1), as its documentation and its clients have them. It
 * pushes to connections that have subscribed, and knows none after it was stopped.
 */
export class FakeNacos {
  /** Of the HTTP API; gRPC is at 1000 more. */
  readonly port: number;
  /** Messages' types over gRPC, and paths over HTTP, as they were asked. */
  readonly asked: string[] = [];
  /** What it was told over gRPC without asking back: answers to what it has said. */
  readonly answered: NacosMessage[] = [];
  /** Headers of every request over gRPC. */
  readonly headers: Readonly<Record<string, string>>[] = [];
  readonly configs: FakeNacosConfigs;
  /** Types, or services' names, that are refused. */
  readonly refused: Set<string> = new Set<string>();
  /** What its address server lists. */
  serverList = "";
  readonly #oddities: Oddities;
  readonly #services = new Map<string, Map<string, readonly NacosInstance[]>>();
  readonly #clients = new Map<string, Client>();
  readonly #tokens = new Set<string>();
  #time = 1;
  #grpc: GrpcServer | undefined;
  #http: Server<undefined> | undefined;

  static async start(oddities: Oddities = {}): Promise<FakeNacos> {
    const fake = new FakeNacos(await freePair(), oddities);
    await fake.start();
    return fake;
  }

  private constructor(port: number, oddities: Oddities) {
    this.port = port;
    this.#oddities = oddities;
    this.configs = new FakeNacosConfigs((key, body) => {
      for (const { stream, subscribed } of this.#clients.values()) {
        if (subscribed.has(key)) stream.write(said("ConfigChangeNotifyRequest", body));
      }
    });
  }

  /** Connections that have introduced themselves. */
  get clients(): number {
    return this.#clients.size;
  }

  /** What they have subscribed to in all. */
  get subscriptions(): number {
    return [...this.#clients.values()].reduce((count, { subscribed }) => count + subscribed.size, 0);
  }

  /** At the same ports as before. */
  async start(): Promise<void> {
    const grpc = new GrpcServer();
    grpc.addService(
      { request: { path: "/Request/request", requestStream: false, responseStream: false, ...CODEC } },
      {
        request: (
          call: ServerUnaryCall<NacosMessage, NacosMessage>,
          done: (error: null, answer: NacosMessage) => void,
        ) => done(null, this.#answer(call.getPeer(), call.request)),
      },
    );
    grpc.addService(
      { stream: { path: "/BiRequestStream/requestBiStream", requestStream: true, responseStream: true, ...CODEC } },
      { stream: (stream: Stream) => this.#accept(stream) },
    );
    await new Promise<void>((resolve, reject) => {
      grpc.bindAsync(`127.0.0.1:${this.port + 1000}`, ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    this.#grpc = grpc;
    this.#http = Bun.serve({ port: this.port, hostname: "127.0.0.1", fetch: (request) => this.#respond(request) });
  }

  async stop(): Promise<void> {
    this.#grpc?.forceShutdown();
    this.#grpc = undefined;
    this.#clients.clear();
    await this.#http?.stop(true);
    this.#http = undefined;
  }

  /** These are the instances of a service; none: there is no such service. */
  put(
    name: string,
    instances: readonly NacosInstance[],
    { namespace = "public", group = "DEFAULT_GROUP" }: Place = {},
  ): void {
    const services = this.#services.get(namespace) ?? new Map<string, readonly NacosInstance[]>();
    this.#services.set(namespace, services);
    const key = `${group}@@${name}`;
    if (instances.length === 0) services.delete(key);
    else services.set(key, instances);
    this.#push(name, { namespace, group });
  }

  /** Says again what it said of a service at a time that has passed. */
  pushLate(name: string, instances: readonly NacosInstance[], at: number): void {
    const place = { namespace: "public", group: "DEFAULT_GROUP" };
    this.#push(name, place, {
      ...this.#info(place.namespace, `${place.group}@@${name}`, at),
      hosts: hostsOf(instances),
    });
  }

  #push(name: string, { namespace, group }: Required<Place>, info?: Mapping): void {
    const key = `${group}@@${name}`;
    const serviceInfo = info ?? this.#info(namespace, key, ++this.#time);
    for (const { stream, subscribed } of this.#clients.values()) {
      if (!subscribed.has(`${namespace}/${key}`)) continue;
      stream.write(
        said("NotifySubscriberRequest", {
          namespace,
          groupName: group,
          serviceName: name,
          serviceInfo,
          requestId: String(serviceInfo["lastRefTime"]),
        }),
      );
    }
  }

  /** Says something to every connection. */
  say(type: string, body: Mapping = {}): void {
    for (const { stream } of this.#clients.values()) stream.write(said(type, body));
  }

  /** Forgets all tokens that it has given. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  /** Forgets all connections without a word. */
  forgetClients(): void {
    this.#clients.clear();
  }

  #accept(stream: Stream): void {
    const peer = stream.getPeer();
    stream.on("data", (message: NacosMessage) => {
      if (message.type !== "ConnectionSetupRequest") return void this.answered.push(message);
      this.asked.push(message.type);
      this.#clients.set(peer, { stream, unknown: this.#oddities.slowToKnow ?? 0, subscribed: new Set() });
      stream.write(said("SetupAckRequest", { abilityTable: {}, requestId: "0" }));
    });
    stream.on("end", () => this.#clients.delete(peer));
    stream.on("error", () => this.#clients.delete(peer));
    stream.on("close", () => this.#clients.delete(peer));
  }

  #answer(peer: string, { type, headers, body }: NacosMessage): NacosMessage {
    this.asked.push(type);
    this.headers.push(headers);
    if (type === "ServerCheckRequest") return ok("ServerCheckResponse", { connectionId: peer });
    const client = this.#clients.get(peer);
    if (client === undefined || client.unknown-- > 0) return no(301, "Connection is unregistered.");
    if (type === "HealthCheckRequest") return ok("HealthCheckResponse", {});
    if (this.#oddities.user !== undefined && !this.#tokens.has(headers["accessToken"] ?? "")) {
      return no(403, "user not found!");
    }
    const { namespace = "", groupName = "", serviceName = "" } = body;
    if (this.refused.has(type) || this.refused.has(String(serviceName))) return no(500, "not now");
    if (type.startsWith("Config")) return this.configs.answer(type, body, client.subscribed);
    if (type === "ServiceListRequest") return ok("ServiceListResponse", this.#list(body));
    if (type !== "SubscribeServiceRequest") return no(302, "No request handler");
    const key = `${String(groupName)}@@${String(serviceName)}`;
    if (body["subscribe"] === true) client.subscribed.add(`${String(namespace)}/${key}`);
    else client.subscribed.delete(`${String(namespace)}/${key}`);
    return ok("SubscribeServiceResponse", { serviceInfo: this.#info(String(namespace), key, ++this.#time) });
  }

  #list({ namespace, groupName, pageNo, pageSize }: Mapping): Mapping {
    const all = [...(this.#services.get(String(namespace))?.keys() ?? [])].filter((key) =>
      key.startsWith(`${String(groupName)}@@`),
    );
    const first = (Number(pageNo) - 1) * Number(pageSize);
    const names = all.slice(first, first + Number(pageSize)).map((key) => key.slice(key.indexOf("@@") + 2));
    return { count: all.length, serviceNames: names };
  }

  #info(namespace: string, key: string, lastRefTime: number): Mapping {
    const [groupName, name] = key.split("@@");
    const hosts = hostsOf(this.#services.get(namespace)?.get(key) ?? []);
    return { name, groupName, clusters: "", cacheMillis: 10_000, hosts, lastRefTime, checksum: "", allIPs: false };
  }

  async #respond(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    this.asked.push(pathname);
    if (this.#oddities.without?.includes(pathname) === true) return new Response("no such path", { status: 404 });
    if (pathname === "/nacos/serverlist") return new Response(this.serverList);
    if (request.method === "POST") return this.#login(new URLSearchParams(await request.text()));
    const token = searchParams.get("accessToken") ?? "";
    if (this.#oddities.user !== undefined && !this.#tokens.has(token)) return new Response("no", { status: 403 });
    const { namespaceId: namespace = "", groupName, serviceName = "", ...rest } = Object.fromEntries(searchParams);
    if (this.refused.has(pathname) || this.refused.has(serviceName)) return new Response("not now", { status: 500 });
    if (pathname === "/nacos/v1/ns/instance/list") return Response.json(this.#info(namespace, serviceName, 1));
    if (pathname === "/nacos/v1/ns/service/list") {
      const { count, serviceNames } = this.#list({ namespace, groupName, ...rest });
      return Response.json({ count, doms: serviceNames });
    }
    return this.configs.respond(pathname, searchParams);
  }

  #login(form: URLSearchParams): Response {
    const { user } = this.#oddities;
    if (form.get("username") !== user?.name || form.get("password") !== user?.password) {
      return new Response("unknown user!", { status: 403 });
    }
    const accessToken = `token-${this.#tokens.size}-${this.asked.length}`;
    this.#tokens.add(accessToken);
    return Response.json({ accessToken, tokenTtl: user?.tokenTtl, globalAdmin: true });
  }
}

function hostsOf(instances: readonly NacosInstance[]): readonly Mapping[] {
  return instances.map(({ host, port, metadata = {}, weight = 1, healthy = true, enabled = true }) => {
    return { ip: host, port, weight, healthy, enabled, ephemeral: true, clusterName: "DEFAULT", metadata };
  });
}
