import type { Clock } from "#src/core/clock.ts";
import { endpointsNameOf } from "./cluster-fields.ts";
import type { NodeView, XdsNode } from "./node.ts";
import type { Outstanding, Protocol, Push } from "./push.ts";
import { kindOf, RESOURCE_KINDS, type ResourceKind, type ResourceType } from "./resource-types.ts";
import { Rollout } from "./rollout.ts";
import { TypeState } from "./type-state.ts";

/** A client's request, of either protocol. */
export interface DiscoveryRequest {
  readonly typeUrl: string;
  readonly nonce: string;
  /** Why the answer with the nonce was refused; undefined when it was taken. */
  readonly error: string | undefined;
  /** State of the world: the version the client has. */
  readonly version: string;
  /** State of the world: everything it wants. */
  readonly names: readonly string[];
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Incremental, in the first request: what it has, by name. */
  readonly versions: ReadonlyMap<string, string>;
}

/** An answer on its way out. */
export interface DiscoveryAnswer {
  readonly kind: ResourceKind;
  readonly nonce: string;
  readonly push: Push;
}

/** What a stream needs of its server. */
export interface StreamOptions {
  readonly protocol: Protocol;
  readonly node: XdsNode;
  readonly view: NodeView;
  readonly clock: Clock;
  send(answer: DiscoveryAnswer): void;
  /** The client has taken an answer, or refused it. */
  settled(kind: ResourceKind, outstanding: Outstanding, error: string | undefined): void;
  /** There is something to send, although nobody asked: the stream wants to be pumped. */
  wake(): void;
}

/** How long routes wait for a client that does not say what it makes of its clusters. */
const PATIENCE_MS = 5000;

/** How long a client that comes back may take to ask for its routes, for which it may need what this server does not know. */
const GRACE_MS = 5000;

/** One client's stream: takes its requests, and sends what it wants in an order in which nothing it serves breaks. */
export class DiscoveryStream {
  readonly node: XdsNode;
  readonly protocol: Protocol;
  readonly #options: StreamOptions;
  readonly #states = new Map<ResourceType, TypeState>();
  readonly #rollout: Rollout = new Rollout();
  #nonces = 0;
  #cancelPatience: (() => void) | undefined;
  #outOfPatience = false;
  #cancelGrace: (() => void) | undefined;
  #inGrace = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.node = options.node;
    this.protocol = options.protocol;
  }

  /** What is known of each type the client has asked for. */
  get states(): readonly TypeState[] {
    return RESOURCE_KINDS.flatMap(({ type }) => this.#states.get(type) ?? []);
  }

  /** Whether the client has everything that is there for it, and has said so. */
  get inSync(): boolean {
    return this.#rollout.current && this.states.every((state) => this.#isSettled(state));
  }

  /** Takes a request, without answering it yet. A type that is not known is let be. */
  receive(request: DiscoveryRequest): void {
    const kind = kindOf(request.typeUrl);
    if (kind === undefined) return;
    const known = this.#states.get(kind.type);
    const state = known ?? new TypeState(kind, this.protocol, this.#options.clock);
    this.#states.set(kind.type, state);
    if (known === undefined) this.#claim(state, request);
    const fresh = this.#settle(state, request);
    if (known !== undefined && isRestart(kind, request)) state.restart();
    if (this.protocol === "delta") state.changeNames(request.subscribe, request.unsubscribe);
    else if (fresh) state.replaceNames(request.names);
    else state.overlook(request.names);
  }

  /** Sends whatever may be sent now. */
  pump(): void {
    const snapshot = this.#options.view(this.node);
    if (snapshot === undefined) return;
    this.#rollout.offer(snapshot);
    // What one step allows may be what the next one waits for.
    while (this.#step());
  }

  close(): void {
    this.#cancelPatience?.();
    this.#cancelGrace?.();
  }

  /** Answers whether there may be more to do. */
  #step(): boolean {
    this.#sendStage("before routes");
    const blocked = !this.#outOfPatience && this.#stage("before routes").some((state) => this.#blocks(state));
    const routes = this.#stage("routes");
    if (blocked && routes.some((state) => state.pending(this.#effective(state)) !== undefined)) {
      this.#rollout.wait();
      this.#cancelPatience ??= this.#options.clock.after(PATIENCE_MS, () => {
        this.#outOfPatience = true;
        this.#options.wake();
      });
      return false;
    }
    const waited = this.#rollout.waiting;
    if (!blocked) this.#sendStage("routes");
    this.#endPatience();
    this.#rollout.routesSent();
    if (waited) {
      const snapshot = this.#options.view(this.node);
      if (snapshot !== undefined) this.#rollout.offer(snapshot);
    }
    if (this.#inGrace || routes.some(({ outstanding }) => outstanding !== undefined)) return waited;
    const taken = routes.every(({ nacked }) => nacked === undefined);
    return [this.#rollout.routesSettled(taken), taken && this.#release(), waited].includes(true);
  }

  /** What the client has from another server, and this one does not know, is no longer needed. */
  #release(): boolean {
    const keeping = this.states.filter(({ keeps }) => keeps);
    for (const state of keeping) state.release();
    return keeping.length > 0;
  }

  #claim(state: TypeState, { version, versions }: DiscoveryRequest): void {
    state.claim(version, versions);
    if (versions.size === 0 || this.#cancelGrace !== undefined) return;
    this.#inGrace = true;
    this.#cancelGrace = this.#options.clock.after(GRACE_MS, () => {
      this.#inGrace = false;
      this.#options.wake();
    });
  }

  #sendStage(stage: ResourceKind["stage"]): void {
    for (const state of this.#stage(stage)) {
      const push = state.next(this.#effective(state));
      if (push !== undefined) this.#send(state, push);
    }
  }

  #send(state: TypeState, push: Push): void {
    const nonce = String(++this.#nonces);
    const changed = state.kind.type === "cds" ? state.changedIn(push) : [];
    state.commit(push, nonce);
    this.#options.send({ kind: state.kind, nonce, push });
    // A changed cluster serves only when its endpoints have come once more.
    const endpoints = this.#states.get("eds");
    for (const { body } of changed) {
      const name = endpointsNameOf(body);
      if (name !== undefined) endpoints?.resend(name);
    }
  }

  /** Takes what a request says of an answer; answers whether the rest of it counts. */
  #settle(state: TypeState, { nonce, error }: DiscoveryRequest): boolean {
    const last = state.sent?.nonce ?? "";
    if (nonce !== "" && nonce === state.outstanding?.nonce) {
      const outstanding = state.settle(error);
      if (outstanding !== undefined) this.#options.settled(state.kind, outstanding, error);
      return true;
    }
    // A nonce that is not the last one's speaks of what is over; before the first answer it is one of another stream.
    return last === "" || nonce === last;
  }

  #stage(stage: ResourceKind["stage"]): TypeState[] {
    return this.states.filter(({ kind }) => kind.stage === stage);
  }

  #blocks(state: TypeState): boolean {
    return state.blocks(this.#effective(state));
  }

  #isSettled(state: TypeState): boolean {
    return state.outstanding === undefined && state.pending(this.#effective(state)) === undefined;
  }

  #effective({ kind }: TypeState): ReturnType<Rollout["effective"]> {
    return this.#rollout.effective(kind.type);
  }

  #endPatience(): void {
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
    this.#outOfPatience = false;
  }
}

/** A second route configuration's VHDS asks for everything again, by naming nothing. */
function isRestart({ type }: ResourceKind, { nonce, subscribe, unsubscribe }: DiscoveryRequest): boolean {
  return type === "vhds" && nonce === "" && subscribe.length + unsubscribe.length === 0;
}
