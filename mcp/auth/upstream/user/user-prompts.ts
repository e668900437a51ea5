import type { McpWorld } from "#src/core/mcp/kind.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpCall, McpClient } from "#src/core/mcp/server.ts";
import { ExpiringCache } from "../../expiring-cache.ts";
import { randomSecret } from "../../token-hash.ts";
import type { Arrivals } from "./arrivals.ts";
import { TICKET_LIFE } from "./pages.ts";
import type { SignInPaths } from "./paths.ts";
import { type Connection, TICKET } from "./record-kinds.ts";
import type { SealedRecords } from "./records.ts";
import { elicitationOf, opensUrls, type SignInLink, SignInRequired } from "./sign-in-required.ts";
import { idOf } from "./user-tokens.ts";

/** A link that was made for a user. */
export interface Prompt {
  readonly link: SignInLink;
  /** The error of a call that cannot wait for it. */
  required(): SignInRequired;
}

/** A link with what it is good for. */
interface TicketLink extends SignInLink {
  readonly ticket: string;
}

/** A link is given again this long, in milliseconds: a call that is tried over and over makes no new one. */
const GIVEN_AGAIN = TICKET_LIFE / 2;
const CAPACITY = 5000;
/** Longer names are cut. */
const LONGEST_NAME = 100;

/** Tells users through their MCP clients that they have to sign in. */
export class UserPrompts {
  readonly #server: string;
  readonly #paths: SignInPaths;
  readonly #patience: number;
  readonly #records: SealedRecords;
  readonly #arrivals: Arrivals;
  readonly #open: ExpiringCache<TicketLink>;
  readonly #world: McpWorld;

  constructor(
    server: string,
    paths: SignInPaths,
    patience: number,
    records: SealedRecords,
    arrivals: Arrivals,
    world: McpWorld,
  ) {
    this.#server = server;
    this.#paths = paths;
    this.#patience = patience;
    this.#records = records;
    this.#arrivals = arrivals;
    this.#open = new ExpiringCache(world.clock, CAPACITY);
    this.#world = world;
  }

  async open(connection: Connection, scopes: readonly string[], client: McpClient): Promise<Prompt> {
    const key = `${idOf(connection)} ${scopes.join(" ")}`;
    const link = (await this.#given(key)) ?? (await this.#newLink(connection, scopes, client));
    this.#open.set(key, link, this.#world.clock.now() + GIVEN_AGAIN);
    return { link, required: () => new SignInRequired(link, client) };
  }

  /**
   * Asks the client to show the link and waits a while for the user. Throws a {@link SignInRequired} when the client cannot be asked, an
   * McpError when the user does not want to.
   */
  async ask(prompt: Prompt, connection: Connection, call: McpCall): Promise<void> {
    if (!opensUrls(call.client)) throw prompt.required();
    const watch = await this.#arrivals.watch(connection, call.signal);
    try {
      const params = elicitationOf(prompt.link);
      const { action } = await call.ask({ method: "elicitation/create", params }).catch(() => {
        throw prompt.required();
      });
      if (action !== "accept") throw new McpError(ERROR_CODES.internalError, "The user did not want to sign in there.");
      await watch.wait(this.#patience);
      const { elicitationId } = prompt.link;
      call.notify({ method: "notifications/elicitation/complete", params: { elicitationId } });
    } finally {
      await watch.close();
    }
  }

  /** The link that was given before, unless its user is through with it. */
  async #given(key: string): Promise<TicketLink | undefined> {
    const link = this.#open.get(key);
    return link !== undefined && (await this.#records.get(TICKET, link.ticket)) !== undefined ? link : undefined;
  }

  async #newLink(connection: Connection, scopes: readonly string[], { info }: McpClient): Promise<TicketLink> {
    const ticket = randomSecret();
    const named = info?.["title"] ?? info?.["name"];
    const clientName = typeof named === "string" ? named.slice(0, LONGEST_NAME) : "";
    await this.#records.put(TICKET, ticket, { ...connection, scopes, clientName }, TICKET_LIFE);
    return {
      ticket,
      url: `${this.#paths.publicUrl(this.#paths.connect)}?ticket=${ticket}`,
      elicitationId: crypto.randomUUID(),
      message: `The server '${this.#server}' needs you to sign in with your own account there.`,
    };
  }
}
