import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { pause } from "#src/core/pause.ts";
import type { Mapping } from "../../check-values.ts";
import { hostAndPort } from "../host-port.ts";
import { reasonOf } from "../json-request.ts";
import type { RegistryWorld } from "../registry.ts";
import { framed, MessageCutter } from "./grpc-frames.ts";
import { decodePayload, encodePayload, type Payload } from "./payload.ts";
import { NacosRefusal } from "./refusal.ts";
import type { ServerAddress } from "./servers.ts";
import { GRPC_HEADERS, unary } from "./unary.ts";

/** Between two signs of life. */
const KEEP_ALIVE = 5000;

/** A server needs a moment to know a connection that has just introduced itself; it is asked again after so long, so many times. */
const UNKNOWN_MS = 50;
const UNKNOWN_TRIES = 40;
const UNKNOWN = 301;

/** What a server may ask, and the answer's type. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ["NotifySubscriberRequest", "NotifySubscriberResponse"],
  ["ConfigChangeNotifyRequest", "ConfigChangeNotifyResponse"],
  ["ClientDetectionRequest", "ClientDetectionResponse"],
  ["ConnectResetRequest", "ConnectResetResponse"],
  ["SetupAckRequest", "SetupAckResponse"],
]);

/** How a connection is opened. */
export interface ConnectionOptions {
  /** Where gRPC is served. */
  readonly server: ServerAddress;
  readonly namespace: string;
  /** What is asked over it: `naming` or `config`. */
  readonly module: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What the server says unasked. */
  readonly pushed: (type: string, body: Mapping) => void;
}

/** Why a connection is over. */
export interface Ending {
  readonly reason: string;
  /** The server has asked for another connection, to itself or another server. */
  readonly moved: boolean;
}

/** One connection to a Nacos server: to Nacos, a client is a connection, and what it has subscribed to ends with it. */
export class Connection {
  readonly #world: RegistryWorld;
  readonly #options: ConnectionOptions;
  readonly #session: ClientHttp2Session;
  readonly #over = Promise.withResolvers<Ending>();
  readonly #ending = new AbortController();
  #stream: ClientHttp2Stream | undefined;
  #known = false;
  #requestId = 0;
  #stopKeepAlive: () => void = () => {};

  /** Resolves when the server knows it; rejects when none comes about. */
  static async open(world: RegistryWorld, options: ConnectionOptions): Promise<Connection> {
    options.signal.throwIfAborted();
    const { connect } = await import("node:http2");
    options.signal.throwIfAborted();
    const { host: domain, port } = options.server;
    const connection = new Connection(world, options, connect(`http://${hostAndPort({ domain, port })}`));
    try {
      await connection.#introduce();
    } catch (error) {
      connection.#end(reasonOf(error));
      throw error;
    }
    return connection;
  }

  private constructor(world: RegistryWorld, options: ConnectionOptions, session: ClientHttp2Session) {
    this.#world = world;
    this.#options = options;
    this.#session = session;
    options.signal.addEventListener("abort", this.#abort);
    session.on("error", (error) => this.#end(error.message));
    session.on("goaway", () => this.#end("the server goes away"));
    session.on("close", () => this.#end("the connection was closed"));
  }

  /** Resolves when it is over. */
  get over(): Promise<Ending> {
    return this.#over.promise;
  }

  /** Asks; rejects with a NacosRefusal when the server says no, and with another error when it says nothing. */
  async ask(type: string, body: Mapping, headers: Readonly<Record<string, string>> = {}): Promise<Mapping> {
    for (let tries = 0; ; tries += 1) {
      const answer = await this.#request({ type, headers, body });
      const { resultCode, errorCode, message } = answer.body;
      if (resultCode === 200) return answer.body;
      if (errorCode !== UNKNOWN) throw new NacosRefusal(type, Number(errorCode), message);
      if (this.#known || tries >= UNKNOWN_TRIES) this.close("the server does not know the connection");
      await pause(this.#world.clock, UNKNOWN_MS, this.#ending.signal);
    }
  }

  close(reason: string): void {
    this.#end(reason);
  }

  async #introduce(): Promise<void> {
    await this.ask("ServerCheckRequest", { module: "internal" });
    const stream = this.#session.request({ ...GRPC_HEADERS, ":path": "/BiRequestStream/requestBiStream" });
    this.#stream = stream;
    const cutter = new MessageCutter();
    stream.on("data", (chunk: Buffer) => this.#read(cutter, chunk));
    stream.on("error", (error) => this.#end(error.message));
    stream.on("close", () => this.#end("the server ended the stream"));
    this.#send({
      type: "ConnectionSetupRequest",
      body: {
        clientVersion: "Nacos-Sluice-Client:v3.0.0",
        tenant: this.#options.namespace,
        labels: { source: "sdk", module: this.#options.module },
        abilityTable: {},
        module: "internal",
      },
    });
    await this.ask("HealthCheckRequest", { module: "internal" });
    this.#known = true;
    this.#keepAlive();
  }

  #keepAlive(): void {
    this.#stopKeepAlive = this.#world.clock.after(KEEP_ALIVE, () => {
      this.ask("HealthCheckRequest", { module: "internal" }).then(
        () => this.#keepAlive(),
        (error: unknown) => this.#end(reasonOf(error)),
      );
    });
  }

  #read(cutter: MessageCutter, chunk: Buffer): void {
    try {
      for (const message of cutter.cut(chunk)) this.#pushed(decodePayload(message));
    } catch (error) {
      this.#end(reasonOf(error));
    }
  }

  #pushed({ type, body }: Payload): void {
    const answer = ANSWERS.get(type);
    if (answer === undefined) return;
    const { requestId } = body;
    this.#send({ type: answer, body: { resultCode: 200, errorCode: 0, success: true, requestId } });
    if (type === "ConnectResetRequest") this.#end("the server asked for another connection", true);
    else this.#options.pushed(type, body);
  }

  /** What the server shows this client as. */
  get #address(): string {
    return this.#session.socket?.localAddress ?? "127.0.0.1";
  }

  #send(payload: Payload): void {
    if (this.#stream?.writable === true) this.#stream.write(framed(encodePayload(payload, this.#address)));
  }

  async #request({ type, headers = {}, body }: Payload): Promise<Payload> {
    const requestId = String(++this.#requestId);
    const payload = encodePayload({ type, headers, body: { ...body, requestId } }, this.#address);
    const limits = { clock: this.#world.clock, signal: this.#ending.signal };
    return decodePayload(await unary(this.#session, "/Request/request", payload, limits));
  }

  readonly #abort = (): void => this.#end("closed");

  #end(reason: string, moved = false): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort(new Error(reason));
    this.#stopKeepAlive();
    this.#options.signal.removeEventListener("abort", this.#abort);
    this.#session.destroy();
    this.#over.resolve({ reason, moved });
  }
}
