/** A browser as far as signing in needs one: it follows redirects, keeps cookies by host, and sends forms. */
export class WebBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** Goes to a URL and on, until a page comes that is no redirect. */
  open(url: string): Promise<Visit> {
    return this.#go(url, { method: "GET" });
  }

  /** Sends the page's only form with these fields beside its hidden ones. */
  submit({ url, html }: Visit, fields: Readonly<Record<string, string>>): Promise<Visit> {
    const action = /<form[^>]* action="([^"]*)"/.exec(html)?.[1] ?? url;
    const hidden = Array.from(html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g));
    const form = Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value]));
    const body = new URLSearchParams({ ...form, ...fields });
    return this.#go(new URL(action, url).href, { method: "POST", body, headers: { origin: new URL(url).origin } });
  }

  async #go(url: string, init: RequestInit): Promise<Visit> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const headers = new Headers(init.headers);
    headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const answer = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const location = answer.headers.get("location");
    const html = await answer.text();
    return location === null ? { url, status: answer.status, html } : this.open(new URL(location, url).href);
  }
}

/** Where a browser has come to. */
export interface Visit {
  readonly url: string;
  readonly status: number;
  readonly html: string;
}
