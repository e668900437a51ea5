import { logVerbosity, Server, setLogVerbosity, status } from "@grpc/grpc-js";
import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import { AnswerWriter } from "./answer-writer.ts";
import { type Call, refuse } from "./call.ts";
import { type AuthOptions, credentialsOf, isAllowed } from "./client-auth.ts";
import { type ConnectedClient, ClientStream } from "./client-stream.ts";
import type { Messages } from "./messages.ts";
import type { XdsMetrics } from "./metrics.ts";
import { Nacks } from "./nacks.ts";
import type { NodeView } from "./node.ts";
import { PushGate } from "./push-gate.ts";
import { METHODS, type DiscoveryMethod } from "./services.ts";

/** How an xDS server is set up. */
export interface XdsServerOptions extends AuthOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: XdsMetrics;
}

/** Requests are small but for the first one of a client that comes back, which lists all it has. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
const MAX_STREAMS = 10_000;
/** How many streams write at a time. */
const MAX_WRITING = 16;

/** In milliseconds. Envoy's connection is quiet for as long as nothing changes, and firewalls forget such ones. */
const KEEPALIVE = { time: 30_000, timeout: 10_000 };

/** Serves resources to Envoy and other clients of xDS over gRPC. */
export class XdsServer {
  readonly nacks: Nacks = new Nacks();
  readonly #options: XdsServerOptions;
  readonly #server: Server;
  readonly #streams = new Set<ClientStream>();
  readonly #writer: AnswerWriter = new AnswerWriter();
  readonly #gate: PushGate<ClientStream>;
  #view: NodeView | undefined;
  #port = 0;

  constructor(options: XdsServerOptions) {
    this.#options = options;
    this.#gate = new PushGate(MAX_WRITING, options.clock, (stream) => stream.pump());
    this.#server = new Server({
      "grpc.max_receive_message_length": MAX_REQUEST_BYTES,
      "grpc.max_send_message_length": -1,
      "grpc.keepalive_time_ms": KEEPALIVE.time,
      "grpc.keepalive_timeout_ms": KEEPALIVE.timeout,
      "grpc.keepalive_permit_without_calls": 1,
    });
    for (const method of METHODS) this.#serve(method);
  }

  /** The port it listens on; 0 while it does not. */
  get port(): number {
    return this.#port;
  }

  /** Whether a client that comes now is served. */
  get ready(): boolean {
    return this.#port !== 0 && this.#view !== undefined;
  }

  /** Everybody who has said who it is. */
  get clients(): readonly ConnectedClient[] {
    return [...this.#streams].flatMap(({ client }) => client ?? []);
  }

  /** What nodes are shown; undefined while there is nothing to show. */
  get view(): NodeView | undefined {
    return this.#view;
  }

  /** Rejects when the port cannot be opened. */
  listen(): Promise<void> {
    // What goes wrong is told by the rejection, and by the log of whoever runs this.
    setLogVerbosity(logVerbosity.NONE);
    const { host, port } = this.#options;
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentialsOf(this.#options), (error, bound) => {
        if (error !== null) return reject(error);
        this.#port = bound;
        resolve();
      });
    });
  }

  /** What nodes shall have has changed, or is there for the first time: every client is sent what changed for it. */
  publish(view: NodeView): void {
    this.#view = view;
    this.#writer.forget();
    for (const stream of this.#streams) this.#gate.enter(stream);
  }

  /** Ends all streams: clients go on with what they have, and come back when there is a server again. Resolves when the port is free. */
  close(): Promise<void> {
    this.#port = 0;
    const closed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    for (const stream of this.#streams) stream.end();
    this.#server.forceShutdown();
    return closed;
  }

  #serve(method: DiscoveryMethod): void {
    const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#server.register(method.path, (call: Call) => this.#accept(method, call), same, same, "bidi");
  }

  #accept(method: DiscoveryMethod, call: Call): void {
    if (!isAllowed(this.#options, call.metadata)) {
      refuse(call, status.UNAUTHENTICATED, "The xDS token is needed: send it as 'authorization: Bearer TOKEN'.");
      return;
    }
    if (this.#streams.size >= MAX_STREAMS) {
      refuse(call, status.RESOURCE_EXHAUSTED, "There are too many xDS streams.");
      return;
    }
    const { messages, clock, log, metrics } = this.#options;
    const stream: ClientStream = new ClientStream(call, method, {
      messages,
      writer: this.#writer,
      clock,
      log,
      metrics,
      nacks: this.nacks,
      view: (node) => this.#view?.(node),
      wake: () => this.#gate.enter(stream),
      ended: () => {
        this.#streams.delete(stream);
        this.#gate.leave(stream);
        metrics.streams(this.#streams.size);
      },
    });
    this.#streams.add(stream);
    metrics.streams(this.#streams.size);
  }
}
