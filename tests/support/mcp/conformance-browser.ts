import type { Clock } from "#src/core/clock.ts";
import type { McpPage } from "#src/core/mcp/page.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";

/** Where the gateway's pages are, for a browser. */
export const PUBLIC_URL = "https://gateway.example.com";

/** Redirects in a row; no sign-in has more. */
const MOST_REDIRECTS = 10;

/** A user's browser: it goes to the gateway's pages, and from there to wherever it is sent. */
export class ConformanceBrowser {
  readonly #pages: readonly McpPage[];
  readonly #clock: Clock;
  #cookie = "";

  constructor(pages: readonly McpPage[], clock: Clock) {
    this.#pages = pages;
    this.#clock = clock;
  }

  /** Opens the link of a sign-in and agrees. */
  async signIn(link: string): Promise<void> {
    const page = await this.#follow(new Request(link));
    const html = await page.text();
    const action = /action="([^"]*)"/.exec(html)?.[1];
    if (action === undefined) throw new Error(`No page of consent, but: ${html}`);
    const value = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "";
    const form = { ticket: value("ticket"), csrf: value("csrf"), decision: "allow" };
    const end = await this.#follow(
      new Request(action, { method: "POST", headers: { origin: PUBLIC_URL }, body: new URLSearchParams(form) }),
    );
    console.error(`The sign-in ended with ${end.status}.`);
  }

  async #follow(first: Request): Promise<Response> {
    let response = await this.#send(first);
    for (let hop = 0; hop < MOST_REDIRECTS; hop++) {
      const location = response.headers.get("location");
      if (location === null) break;
      response = await this.#send(new Request(location));
    }
    return response;
  }

  async #send(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    if (origin !== PUBLIC_URL) return fetch(request, { redirect: "manual" });
    const page = this.#pages.find(({ path }) => path === pathname);
    if (page === undefined) throw new Error(`There is no page ${pathname}.`);
    if (this.#cookie !== "") request.headers.set("cookie", this.#cookie);
    const response = await page.handle(
      new LiveExchange(request, { secure: true }, this.#clock, { held() {}, over() {} }),
    );
    this.#cookie = response.headers.get("set-cookie")?.split(";")[0] ?? this.#cookie;
    return response;
  }
}
