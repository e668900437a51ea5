/** What looks like a credential in a provider's own words: vendors' key prefixes, bearer tokens, and long runs of key characters. */
const SECRETS =
  /\b(?:Bearer\s+\S+|(?:sk|pk|rk|key|gsk|xai|hf|nvapi)[-_][A-Za-z0-9*_-]{8,}|(?:AIza|AKIA)[A-Za-z0-9_-]{8,}|[A-Za-z0-9_-]{40,})/g;

const LIMIT = 2000;

/** A provider's error text as it may be shown to a client: credentials masked, one piece, at most 2,000 characters. */
export function mask(text: string): string {
  const shown = text.length > LIMIT ? `${text.slice(0, LIMIT)}…` : text;
  return shown.replaceAll(SECRETS, "***");
}
