import type { Clock } from "../../core/clock.ts";
import { Fault } from "../../core/fault.ts";
import { collectBytes } from "../../core/collect-bytes.ts";

/** A text file that is told to the model with each chat. */
export interface ContextFileOptions {
  /** The provider's id, for errors. */
  readonly provider: string;
  /** What is fetched. */
  readonly url: string;
  /** The host the server is asked under when that is not the URL's. */
  readonly host?: string;
  /** Sets what the server wants on the request, a credential for one. */
  readonly authorize?: (headers: Headers) => void | Promise<void>;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What fetching it needs of the world. */
export interface ContextFileDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
}

/** The largest file, in bytes: it goes with every request. */
const MAX_FILE = 4 * 1024 * 1024;

/**
 * Reads the file when it is first wanted, and keeps it. Requests that come meanwhile wait for the same answer; after a failure the next one
 * tries again. The returned function rejects with a Fault that does not show the URL, which may hold a key.
 */
export function createContextFile(options: ContextFileOptions, deps: ContextFileDeps): () => Promise<string> {
  let file: Promise<string> | undefined;
  return () => {
    file ??= fetched(options, deps).catch((thrown: unknown) => {
      file = undefined;
      throw thrown;
    });
    return file;
  };
}

async function fetched(
  { provider, url, host, timeout, authorize }: ContextFileOptions,
  deps: ContextFileDeps,
): Promise<string> {
  const controller = new AbortController();
  const stop = deps.clock.after(timeout, () => controller.abort());
  try {
    const headers = new Headers(host === undefined ? {} : { host });
    if (authorize !== undefined) await authorize(headers);
    const response = await deps.fetch(url, { headers, signal: controller.signal });
    if (response.status !== 200) {
      response.body?.cancel().catch(() => {});
      throw missing(provider, `its server answered with status ${response.status}`);
    }
    const over = (): Fault => missing(provider, `it is larger than ${MAX_FILE} bytes`);
    const bytes =
      response.body === null ? new Uint8Array() : await collectBytes(response.body, { limit: MAX_FILE, over });
    return new TextDecoder().decode(bytes);
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    const why = controller.signal.aborted
      ? `its server did not send it within ${timeout / 1000} s`
      : "its server could not be reached";
    throw missing(provider, why);
  } finally {
    stop();
  }
}

/** Without a cause: a runtime's own error may show the URL. */
function missing(provider: string, why: string): Fault {
  return new Fault("upstream_unreachable", `The context file of the provider '${provider}' is missing: ${why}.`);
}
