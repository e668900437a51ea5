import type { Exchange } from "#src/core/exchange.ts";
import type { McpPage } from "#src/core/mcp/page.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { OAuthFailure } from "../../oauth-failure.ts";
import { hashOf } from "../../token-hash.ts";
import { anyBrowser, type Browser, knownBrowser } from "./browser-cookie.ts";
import { clientMetadata, type GatewayClient } from "./client-registration.ts";
import { consentPage, messagePage } from "./consent-page.ts";
import { redirectTo } from "./html.ts";
import type { Login } from "./login.ts";
import type { SignInPaths } from "./paths.ts";
import { KNOWN_BROWSER, TICKET, type Ticket } from "./record-kinds.ts";
import type { SealedRecords } from "./records.ts";
import type { UpstreamSignIn } from "./upstream-sign-in.ts";

/** How long a link and what hangs on it is good, in milliseconds. */
export const TICKET_LIFE = 600_000;
/** A form of this page's is short. */
const FORM_LIMIT = 4096;

/** What the pages are made of. */
export interface PageParts {
  readonly server: string;
  readonly paths: SignInPaths;
  readonly records: SealedRecords;
  /** Undefined: whoever has the link is believed. */
  readonly login: Login | undefined;
  readonly upstream: UpstreamSignIn;
  readonly self: GatewayClient;
  readonly world: McpWorld;
}

/** The pages of one server: consent, the way back from both authorization servers, and the client's own metadata. */
export function signInPages(parts: PageParts): readonly McpPage[] {
  const { paths, self } = parts;
  const steps = new Steps(parts);
  const document = { client_id: self.documentUrl, ...clientMetadata(self) };
  return [
    { path: paths.connect, handle: (exchange) => steps.guarded(exchange, () => steps.connect(exchange)) },
    { path: paths.login, handle: (exchange) => steps.guarded(exchange, () => steps.loggedIn(exchange)) },
    { path: paths.callback, handle: (exchange) => steps.guarded(exchange, () => steps.callback(exchange)) },
    { path: paths.document, handle: () => Response.json(document, { headers: { "cache-control": "max-age=3600" } }) },
  ];
}

class Steps {
  readonly #parts: PageParts;

  constructor(parts: PageParts) {
    this.#parts = parts;
  }

  /** What goes wrong inside is logged; the page says no more than that. */
  async guarded({ request }: Exchange, step: () => Promise<Response>): Promise<Response> {
    try {
      if (request.method !== "GET" && request.method !== "POST") return messagePage(405, "Not like this", "");
      return await step();
    } catch (thrown) {
      const reason = thrown instanceof OAuthFailure ? thrown.message : "inner failure";
      this.#parts.world.log.warn(`sign-in for the MCP server '${this.#parts.server}'`, { reason });
      return messagePage(502, "This did not work", "The sign-in could not go on. Its operator's log says why.");
    }
  }

  async connect(exchange: Exchange): Promise<Response> {
    const { records, paths, login } = this.#parts;
    if (exchange.request.method === "POST") return this.#decide(exchange);
    const id = queryOf(exchange).get("ticket") ?? "";
    const ticket = await records.get(TICKET, id);
    if (ticket === undefined) return gone();
    const browser = await anyBrowser(exchange, paths);
    if (login !== undefined && !(await this.#isTheirs(id, browser))) {
      return redirectTo(await login.begin(id, browser.hash), browser.headers);
    }
    return consentPage({ ...this.#consent(ticket), ticket: id, csrf: await csrfOf(id, browser) }, browser.headers);
  }

  /** The gateway's identity provider sends the browser back. */
  async loggedIn(exchange: Exchange): Promise<Response> {
    const { login, records, paths } = this.#parts;
    const browser = await knownBrowser(exchange);
    const found = browser && (await login?.finish(queryOf(exchange), browser.hash));
    const ticket = found && (await records.get(TICKET, found.ticket));
    if (browser === undefined || found === undefined || ticket === undefined) return gone();
    if (ticket.subject !== found.subject) {
      return messagePage(
        403,
        "Somebody else asked for this",
        "You are signed in as another user than the one who did.",
      );
    }
    await records.put(KNOWN_BROWSER, found.ticket, { browser: browser.hash }, TICKET_LIFE);
    return redirectTo(`${paths.publicUrl(paths.connect)}?ticket=${encodeURIComponent(found.ticket)}`);
  }

  /** The upstream's authorization server sends the browser back. */
  async callback(exchange: Exchange): Promise<Response> {
    const browser = await knownBrowser(exchange);
    const outcome = browser && (await this.#parts.upstream.finish(queryOf(exchange), browser.hash));
    if (outcome === undefined) return gone();
    return outcome.refused !== undefined
      ? messagePage(403, "Not connected", `The authorization server said no${outcome.refused}.`)
      : messagePage(200, "Connected", "You can close this page and go back to your assistant.");
  }

  async #decide(exchange: Exchange): Promise<Response> {
    const { records, upstream, paths } = this.#parts;
    const origin = exchange.request.headers.get("origin");
    const form = new URLSearchParams(new TextDecoder().decode(await exchange.body.bytes(FORM_LIMIT)));
    const id = form.get("ticket") ?? "";
    const browser = await knownBrowser(exchange);
    const ticket = await records.get(TICKET, id);
    if (ticket === undefined || browser === undefined) return gone();
    const own = (origin === null || origin === paths.origin) && form.get("csrf") === (await csrfOf(id, browser));
    if (!own || !(await this.#isTheirs(id, browser))) return messagePage(403, "Not from here", "Open the link again.");
    if (form.get("decision") !== "allow") {
      await upstream.cancel(id, ticket);
      return messagePage(200, "Not connected", "Nothing was changed. You can close this page.");
    }
    return redirectTo(await upstream.begin(id, ticket, browser.hash));
  }

  /** Whether this browser is the ticket's user's. */
  async #isTheirs(ticket: string, { hash }: Browser): Promise<boolean> {
    if (this.#parts.login === undefined) return true;
    return (await this.#parts.records.get(KNOWN_BROWSER, ticket))?.browser === hash;
  }

  #consent({
    clientName,
    resource,
    issuer,
    scopes,
    subject,
  }: Ticket): Omit<Parameters<typeof consentPage>[0], "ticket" | "csrf"> {
    const { server, login, paths } = this.#parts;
    return {
      server,
      clientName,
      resource,
      issuer,
      scopes,
      subject,
      action: paths.publicUrl(paths.connect),
      verified: login !== undefined,
    };
  }
}

function queryOf({ search }: Exchange): URLSearchParams {
  return new URLSearchParams(search);
}

function csrfOf(ticket: string, { secret }: Browser): Promise<string> {
  return hashOf(`consent ${secret} ${ticket}`);
}

function gone(): Response {
  return messagePage(404, "This link is over", "It was used, or is too old. Ask your assistant again for a new one.");
}
