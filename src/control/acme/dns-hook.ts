/** Sets and removes TXT records at whoever hosts a zone. */
export interface DnsHook {
  present(record: TxtRecord): Promise<void>;
  remove(record: TxtRecord): Promise<void>;
}

/** A record that an authority looks for. */
export interface TxtRecord {
  /** Fully qualified, with the dot at its end. */
  readonly fqdn: string;
  readonly value: string;
}

/** Runs a program; rejects with what it said when it does not end well. */
export type RunProgram = (command: readonly string[], signal: AbortSignal) => Promise<void>;

/** So long a hook may take, in milliseconds. */
const PATIENCE = 120_000;

/** A program that is called as lego's `exec` provider calls its own: with `present` or `cleanup`, the record's name and its value. */
export function commandHook(command: readonly string[], run: RunProgram): DnsHook {
  const call = (action: string, { fqdn, value }: TxtRecord): Promise<void> =>
    run([...command, action, fqdn, value], AbortSignal.timeout(PATIENCE));
  return { present: (record) => call("present", record), remove: (record) => call("cleanup", record) };
}

/** A server that is asked as lego's `httpreq` provider asks its own: POST to `/present` and `/cleanup`. */
export function webHook(
  { url, token }: { readonly url: string; readonly token?: string },
  fetcher: (url: string, init: RequestInit) => Promise<Response>,
): DnsHook {
  const call = async (action: string, record: TxtRecord): Promise<void> => {
    const response = await fetcher(`${url.replace(/\/$/, "")}/${action}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(record),
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the DNS hook answered ${response.status} to ${action}`);
  };
  return { present: (record) => call("present", record), remove: (record) => call("cleanup", record) };
}

/** The record that an authority looks for to see that a name is ours. */
export function recordOf(name: string, value: string): TxtRecord {
  return { fqdn: `_acme-challenge.${name}.`, value };
}
