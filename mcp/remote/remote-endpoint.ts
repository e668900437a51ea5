import type { Clock } from "#src/core/clock.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpCall, ServerDescription } from "#src/core/mcp/server.ts";
import { SharedTimer } from "#src/core/shared-timer.ts";
import { detached } from "./detached-call.ts";
import { Discoveries } from "./discovery.ts";
import { EndpointHealth } from "./endpoint-health.ts";
import { type Era, eraOfDiscovery, eraOfFailure } from "./era.ts";
import type { HttpDoor } from "./http-door.ts";
import { HttpRefusal } from "./http-failure.ts";
import { LegacySession, type LegacySessionParts } from "./legacy-session.ts";
import { ModernUpstream, type ModernUpstreamParts } from "./modern-upstream.ts";
import type { RemoteLimits } from "./settings.ts";
import { SseLink } from "./sse-link.ts";
import { StreamableHttpLink } from "./streamable-http-link.ts";
import type { ToolHeaders } from "./tool-headers.ts";

/** What is known of an endpoint from the start. */
export interface RemoteEndpointParts {
  readonly url: string;
  readonly door: HttpDoor;
  readonly clock: Clock;
  readonly limits: RemoteLimits;
  readonly tools: ToolHeaders;
  /** Left out: found out. */
  readonly era?: Era;
  readonly transport?: "http" | "sse";
}

/** How a session of an endpoint began, and with which link. */
export interface OpenedSession {
  readonly session: LegacySession;
  /** Undefined for HTTP+SSE, whose sessions end with their connection. */
  readonly http: StreamableHttpLink | undefined;
}

/** Servers change their revision when they are updated: how long a verdict counts, in milliseconds. */
const LIFETIME: Readonly<Record<Era, number>> = { modern: 3_600_000, legacy: 600_000 };

/** For how long nothing shakes a verdict: requests that are wrong in themselves must not make the gateway ask twice each time. */
const SURE = 5000;

/** One URL of a remote server: what it speaks, how it is, and the ways to speak with it. */
export class RemoteEndpoint {
  readonly url: string;
  readonly health: EndpointHealth;
  readonly modernParts: ModernUpstreamParts;
  readonly modern: ModernUpstream;
  readonly #parts: RemoteEndpointParts;
  readonly #discoveries: Discoveries;
  #verdict: { readonly era: Era; readonly since: number } | undefined;
  #probing: Promise<Era> | undefined;
  /** What worked last with a server of the session era. */
  #transport: "http" | "sse" | undefined;

  constructor(parts: RemoteEndpointParts) {
    const { url, door, clock, limits, tools } = parts;
    this.url = url;
    this.#parts = parts;
    this.#transport = parts.transport;
    this.health = new EndpointHealth(clock);
    // A timer for each call would cost more than the call's own work.
    this.modernParts = { url, door, clock: new SharedTimer(clock), limits, tools };
    this.modern = new ModernUpstream(this.modernParts);
    this.#discoveries = new Discoveries(clock);
  }

  /** Names the credentials that a call gets here. */
  contextOf(call: McpCall): string {
    return this.#parts.door.contextOf(call);
  }

  /** What it is known to speak; undefined when that must be found out. */
  get knownEra(): Era | undefined {
    const { era, transport, clock } = this.#parts;
    if (transport === "sse") return "legacy";
    if (era !== undefined) return era;
    const known = this.#verdict;
    return known !== undefined && clock.monotonic() - known.since < LIFETIME[known.era] ? known.era : undefined;
  }

  /** Rejects with an McpError when it cannot be found out just now. */
  async era(call: McpCall): Promise<Era> {
    const { knownEra } = this;
    if (knownEra !== undefined) return knownEra;
    this.#probing ??= this.#probe(detached(call)).finally(() => (this.#probing = undefined));
    return this.#probing;
  }

  /** What was found out may not be true any more. Answers whether that is so: what is set, or quite new, is not doubted. */
  doubt(): boolean {
    const { era, transport, clock } = this.#parts;
    const known = this.#verdict;
    if (era !== undefined || transport === "sse" || known === undefined) return false;
    if (clock.monotonic() - known.since < SURE) return false;
    this.#verdict = undefined;
    this.#discoveries.clear();
    this.#transport = transport;
    return true;
  }

  /** What a server of the newest revision says of itself. */
  async discover(call: McpCall): Promise<ServerDescription> {
    const context = this.contextOf(call);
    const known = this.#discoveries.get(context);
    if (known !== undefined) return known;
    return this.#discoveries.keep(context, await this.modern.request(DISCOVER, call));
  }

  /** Shakes hands with a server of the session era, by whichever transport it has. Rejects with an McpError. */
  async openSession(
    call: McpCall,
    about: Omit<LegacySessionParts, "link" | "clock" | "limits">,
  ): Promise<OpenedSession> {
    if (this.#transport === "sse") return this.#openSse(call, about);
    try {
      const opened = await this.#openHttp(call, about);
      this.#transport = "http";
      return opened;
    } catch (error) {
      const other = this.#transport === undefined && error instanceof HttpRefusal && error.doubtful;
      if (!other) throw error;
      const opened = await this.#openSse(call, about).catch((second: unknown) => {
        // There is nothing here that speaks HTTP+SSE either: what the first answer said counts.
        throw second instanceof HttpRefusal ? error : second;
      });
      this.#transport = "sse";
      return opened;
    }
  }

  /** A link to a session that somebody else has opened. */
  resumeLink(call: McpCall, sessionId: string | undefined): StreamableHttpLink {
    return new StreamableHttpLink(this.#linkParts(call), sessionId);
  }

  /** What is asked of this server comes on no request's own stream. */
  get mixesRequests(): boolean {
    return this.#transport === "sse";
  }

  async #openHttp(call: McpCall, about: Omit<LegacySessionParts, "link" | "clock" | "limits">): Promise<OpenedSession> {
    const { clock, limits } = this.#parts;
    const http = this.resumeLink(call, undefined);
    return { session: await LegacySession.open({ ...about, link: http, clock, limits }), http };
  }

  async #openSse(call: McpCall, about: Omit<LegacySessionParts, "link" | "clock" | "limits">): Promise<OpenedSession> {
    const { clock, limits } = this.#parts;
    const link = await SseLink.open(this.#linkParts(call), limits);
    return { session: await LegacySession.open({ ...about, link, clock, limits }), http: undefined };
  }

  #linkParts(call: McpCall) {
    const { url, door, clock, limits } = this.#parts;
    return { url, door, clock, limit: limits.message, call: detached(call) };
  }

  async #probe(call: McpCall): Promise<Era> {
    const era = await this.#asked(call);
    this.#verdict = { era, since: this.#parts.clock.monotonic() };
    return era;
  }

  async #asked(call: McpCall): Promise<Era> {
    try {
      const result = await this.modern.request(DISCOVER, call);
      const era = eraOfDiscovery(result);
      if (era === undefined) throw new McpError(ERROR_CODES.internalError, UNKNOWN);
      if (era === "modern") this.#discoveries.keep(this.contextOf(call), result);
      return era;
    } catch (error) {
      const era = this.#parts.door.gaveUp(error) ? undefined : eraOfFailure(error);
      if (era === undefined) throw error;
      return era;
    }
  }
}

const DISCOVER = { method: "server/discover", params: {} };
const UNKNOWN = "The upstream server speaks no revision of MCP that is known here.";
