import { status } from "@grpc/grpc-js";
import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import type { AnswerWriter } from "./answer-writer.ts";
import { type Call, refuse } from "./call.ts";
import { type DiscoveryAnswer, DiscoveryStream } from "./discovery-stream.ts";
import type { Messages } from "./messages.ts";
import type { XdsMetrics } from "./metrics.ts";
import type { Nacks } from "./nacks.ts";
import type { NodeView, XdsNode } from "./node.ts";
import type { Outstanding } from "./push.ts";
import { kindOf, RESOURCE_KINDS, type ResourceKind } from "./resource-types.ts";
import type { DiscoveryMethod } from "./services.ts";
import { readRequest, type ReceivedRequest } from "./wire.ts";

/** Somebody who is connected and has said who it is. */
export interface ConnectedClient {
  readonly node: XdsNode;
  readonly peer: string;
  /** Unix time in milliseconds. */
  readonly since: number;
  readonly stream: DiscoveryStream;
}

/** What a client's stream needs of its server. */
export interface ClientStreamOptions {
  readonly messages: Messages;
  readonly writer: AnswerWriter;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: XdsMetrics;
  readonly nacks: Nacks;
  readonly view: NodeView;
  /** The stream has something to send, and wants to be pumped. */
  wake(): void;
  ended(): void;
}

/** A client that takes nothing for so long is sent away: what it was sent lies in memory. */
const STALL_MS = 60_000;

/** Brings one gRPC call and its protocol together. */
export class ClientStream {
  readonly #call: Call;
  readonly #method: DiscoveryMethod;
  readonly #options: ClientStreamOptions;
  #client: ConnectedClient | undefined;
  #ended = false;
  #writes: Promise<void>[] = [];

  constructor(call: Call, method: DiscoveryMethod, options: ClientStreamOptions) {
    this.#call = call;
    this.#method = method;
    this.#options = options;
    call.on("data", (bytes: Uint8Array) => this.#receive(bytes));
    call.once("end", () => {
      call.end();
      this.#end();
    });
    call.once("cancelled", () => this.#end());
    call.once("close", () => this.#end());
    call.on("error", () => this.#end());
  }

  get client(): ConnectedClient | undefined {
    return this.#client;
  }

  /** Sends what may be sent now; the promises are kept when the line has taken it. */
  pump(): readonly Promise<void>[] {
    if (this.#ended) return [];
    this.#writes = [];
    this.#client?.stream.pump();
    return this.#writes;
  }

  /** Sends the client away, to come back. */
  end(): void {
    refuse(this.#call, status.UNAVAILABLE, "This xDS server ends.");
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended) return;
    let request: ReceivedRequest;
    try {
      request = readRequest(this.#options.messages, this.#method.protocol, bytes);
    } catch {
      refuse(this.#call, status.INVALID_ARGUMENT, "This is no discovery request.");
      return;
    }
    const { only } = this.#method;
    const typeUrl = only === undefined ? request.typeUrl : typeUrlOf(only);
    if (request.typeUrl !== "" && request.typeUrl !== typeUrl) {
      refuse(this.#call, status.INVALID_ARGUMENT, `${this.#method.path} does not carry ${request.typeUrl}.`);
      return;
    }
    this.#client ??= this.#connect(request.node);
    if (this.#client === undefined) return;
    if (kindOf(typeUrl) === undefined) return;
    this.#client.stream.receive({ ...request, typeUrl });
    this.#options.wake();
  }

  /** The first request says who asks. */
  #connect(node: XdsNode | undefined): ConnectedClient | undefined {
    if (node === undefined || node.id === "") {
      refuse(this.#call, status.INVALID_ARGUMENT, "The first request of a stream has to have a node with an id.");
      return undefined;
    }
    const { clock, view } = this.#options;
    const stream = new DiscoveryStream({
      protocol: this.#method.protocol,
      node,
      view,
      clock,
      send: (answer) => this.#send(answer),
      settled: (kind, outstanding, error) => this.#settled(node, kind, outstanding, error),
      wake: () => this.#options.wake(),
    });
    return { node, peer: this.#call.getPeer(), since: clock.now(), stream };
  }

  #send(answer: DiscoveryAnswer): void {
    const { metrics, clock, writer } = this.#options;
    const { protocol } = this.#method;
    const bytes = writer.write(protocol, answer);
    metrics.pushed(answer.kind.type, protocol, answer.push.entries.length, bytes.length);
    const taken = Promise.withResolvers<void>();
    const cancel = clock.after(STALL_MS, () => {
      refuse(this.#call, status.UNAVAILABLE, "Nothing was read for a minute.");
      taken.resolve();
    });
    this.#call.write(bytes, () => {
      cancel();
      taken.resolve();
    });
    this.#writes.push(taken.promise);
  }

  #settled(node: XdsNode, { type }: ResourceKind, { time, version, nonce, push }: Outstanding, error?: string): void {
    const { metrics, nacks, log, clock } = this.#options;
    const now = clock.now();
    metrics.settled(type, error === undefined, now - time);
    if (error === undefined) return;
    const names = push.entries.map(({ name }) => name);
    nacks.add({ node: node.id, cluster: node.cluster, type, version, nonce, error, time: now }, names);
    log.warn("An xDS client refused resources and goes on with what it had.", { node: node.id, type, version, error });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#client?.stream.close();
    this.#options.ended();
  }
}

function typeUrlOf(type: ResourceKind["type"]): string {
  return RESOURCE_KINDS.find((kind) => kind.type === type)?.typeUrl ?? "";
}
