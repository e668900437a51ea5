import type { Provider, Verdict } from "#src/core/provider.ts";

/** The providers' own words, where they say more than the status: OpenAI answers an empty account with 429, others with 400. */
const BY_CODE: Readonly<Record<string, Verdict>> = {
  account_deactivated: "credential",
  authentication_error: "credential",
  billing_error: "credential",
  billing_hard_limit_reached: "credential",
  billing_not_active: "credential",
  insufficient_quota: "credential",
  invalid_api_key: "credential",
  permission_error: "credential",
  rate_limit_error: "credential",
  rate_limit_exceeded: "credential",
  api_error: "upstream",
  overloaded_error: "upstream",
  server_error: "upstream",
  timeout_error: "upstream",
};

const BY_STATUS: Readonly<Record<number, Verdict>> = {
  401: "credential",
  402: "credential",
  403: "credential",
  429: "credential",
  // A time-out, a lost race for a lock and a replayed handshake: the same request may pass a moment later.
  408: "upstream",
  409: "upstream",
  425: "upstream",
};

/** What a vendor's errors mean beyond what all vendors' do. */
export interface OwnErrors {
  /** By its code, else by its status. */
  readonly verdicts?: Readonly<Record<string, Verdict>>;
  /** What it says of a wrong credential, where neither status nor code tells. */
  readonly wrongKey?: RegExp;
}

/** A provider's `classify` that knows the vendor's own errors. */
export function classifyWith({ verdicts = {}, wrongKey }: OwnErrors): Provider["classify"] {
  const own = new Map(Object.entries(verdicts));
  return (status, code, message = "") => {
    if (wrongKey?.test(message) === true) return "credential";
    return own.get(code ?? "") ?? own.get(String(status)) ?? classify(status, code);
  };
}

/** What an error answer means for the next try. A known code decides over the status; any other 4xx is the request's own fault. */
export function classify(status: number, code: string | undefined): Verdict {
  const byCode = code === undefined || !Object.hasOwn(BY_CODE, code) ? undefined : BY_CODE[code];
  return byCode ?? BY_STATUS[status] ?? (status >= 400 && status < 500 ? "request" : "upstream");
}
