import type { Clock } from "#src/core/clock.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { LinkClient, LinkSession, OpenLink } from "../linked/link-session.ts";
import { ModernSession } from "../linked/modern-session.ts";
import { type Era, eraOfDiscovery, eraOfFailure } from "../remote/era.ts";
import { LegacySession } from "../remote/legacy-session.ts";
import type { PeerLimits } from "../remote/rpc-peer.ts";
import type { ProcessLink } from "./process-link.ts";

/** What a process is started and greeted with. */
export interface OpenProcessParts {
  readonly start: () => ProcessLink;
  readonly clock: Clock;
  readonly limits: PeerLimits;
  /** Milliseconds until it must have introduced itself. */
  readonly startTimeout: number;
  /** Left out: found out with the first process. */
  readonly era: Era | undefined;
}

/** How long `server/discover` is waited for: some older servers say nothing at all to what they do not know. */
const PROBE = 5000;

/** Starts processes and finds out which era they speak, once. */
export function processOpener(parts: OpenProcessParts): OpenLink {
  let known = parts.era;
  return async (client, lost) => {
    const opening = new Opening(parts, parts.start(), client, lost);
    const { era, session } = await opening.run(known);
    known = era;
    return session;
  };
}

interface Opened {
  readonly era: Era;
  readonly session: LinkSession;
}

/** One process on its way up. */
class Opening {
  readonly #parts: OpenProcessParts;
  readonly #link: ProcessLink;
  readonly #client: LinkClient;
  readonly #lost: (error: Error) => void;

  constructor(parts: OpenProcessParts, link: ProcessLink, client: LinkClient, lost: (error: Error) => void) {
    this.#parts = parts;
    this.#link = link;
    this.#client = client;
    this.#lost = lost;
  }

  /** Rejects with an McpError; the process is ended then. */
  async run(known: Era | undefined): Promise<Opened> {
    const { clock, startTimeout } = this.#parts;
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(startTimeout, () => late.reject(tooLate(startTimeout)));
    const opening = this.#opened(known);
    // Nobody waits for it any more once it is late.
    opening.catch(() => {});
    try {
      return await Promise.race([opening, late.promise]);
    } catch (error) {
      this.#link.close().catch(() => {});
      throw error;
    } finally {
      cancel();
    }
  }

  async #opened(known: Era | undefined): Promise<Opened> {
    const modern = known === "legacy" ? undefined : await this.#modern(known === "modern");
    if (modern !== undefined) return { era: "modern", session: modern };
    const { clock, limits } = this.#parts;
    const parts = { link: this.#link, client: this.#client, clock, limits, shared: this.#client.shared, firstId: 1 };
    return { era: "legacy", session: await LegacySession.open({ ...parts, lost: this.#lost }) };
  }

  /** Undefined when the server is of the session era. */
  async #modern(sure: boolean): Promise<ModernSession | undefined> {
    const { clock, limits } = this.#parts;
    const session = new ModernSession({ link: this.#link, client: this.#client, clock, limits, lost: this.#lost });
    const cancel = sure ? () => {} : clock.after(PROBE, () => session.leave());
    try {
      if (eraOfDiscovery(await session.discover()) !== "legacy") return session;
    } catch (error) {
      // A process that is gone says nothing of what it speaks.
      if (sure || this.#link.gone || (eraOfFailure(error) ?? "legacy") === "modern") throw error;
    } finally {
      cancel();
    }
    session.leave();
    return undefined;
  }
}

function tooLate(limit: number): McpError {
  const seconds = limit / 1000;
  return new McpError(ERROR_CODES.internalError, `The server's process did not introduce itself within ${seconds} s.`);
}
