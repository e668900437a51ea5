import { escapeHtml, htmlPage } from "./html.ts";

/** What a user is told before being sent on. */
export interface Consent {
  readonly server: string;
  readonly clientName: string;
  readonly resource: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly subject: string;
  readonly ticket: string;
  readonly csrf: string;
  readonly action: string;
  /** Whether the user is known to be the one who asked. */
  readonly verified: boolean;
}

/** Asks the user, who may have been sent here by somebody else. */
export function consentPage(consent: Consent, headers: Readonly<Record<string, string>>): Response {
  const { server, clientName, resource, issuer, scopes, subject, ticket, csrf, action, verified } = consent;
  const rows: readonly (readonly [string, string])[] = [
    ["Program", clientName === "" ? "(without a name)" : `${clientName} (as it calls itself)`],
    ["Server", resource === "" ? server : `${server}, ${resource}`],
    ["You sign in at", issuer],
    ["It may", scopes.length === 0 ? "(what that server decides)" : scopes.join(", ")],
    ["For the user", subject],
  ];
  const warning = verified
    ? ""
    : `<p class="warning">Go on only if you asked for this yourself, just now. If somebody sent you this link, they would get access to your account.</p>`;
  const field = (name: string, value: string): string =>
    `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
  const body =
    `<p>The gateway will keep what you are granted, encrypted, and use it for this program's calls alone.</p><dl>` +
    rows.map(([term, value]) => `<dt>${term}</dt><dd>${escapeHtml(value)}</dd>`).join("") +
    `</dl>${warning}<form method="post" action="${escapeHtml(action)}">${field("ticket", ticket)}${field("csrf", csrf)}` +
    `<button name="decision" value="allow">Continue</button><button name="decision" value="deny">Cancel</button></form>`;
  return htmlPage(200, `Connect ${escapeHtml(server)}?`, body, headers);
}

/** A page that says one thing; the texts are the gateway's own. */
export function messagePage(status: number, title: string, text: string): Response {
  return htmlPage(status, title, `<p>${escapeHtml(text)}</p>`);
}
