import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import { HttpRefusal } from "./http-failure.ts";
import { LinkLost } from "./message-link.ts";
import type { EndpointChoice } from "./endpoint-choice.ts";
import type { RemoteEndpoint } from "./remote-endpoint.ts";

/** A try at one endpoint; `sent` is to be called right before the request itself goes out. */
export type Attempt<T> = (endpoint: RemoteEndpoint, sent: () => void) => Promise<T>;

/** What is to be done about a failure. */
type Remedy = "elsewhere" | "anew" | "none";

/** Statuses of what stands before a server that is not there. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** A 4xx that a server of the other era would give. */
const OTHER_ERA: ReadonlySet<number> = new Set([400, 404, 405]);

/**
 * Runs an attempt at one endpoint after the other. What may have been received is sent again only when it is `repeatable`, and once;
 * what was surely not is tried at every endpoint. Rejects with what the last attempt did.
 */
export function attempts<T>(
  choice: EndpointChoice<RemoteEndpoint>,
  repeatable: boolean,
  attempt: Attempt<T>,
): Promise<T> {
  const first = choice.pick(NOBODY);
  if (first === undefined) return Promise.reject(new McpError(ERROR_CODES.internalError, NO_ENDPOINT));
  return one(first, attempt).catch((error: unknown) => further(choice, repeatable, attempt, first, error));
}

const NO_ENDPOINT = "There is no endpoint to be asked.";

const NOBODY: ReadonlySet<RemoteEndpoint> = new Set();

/** What comes after a first attempt that has failed. */
async function further<T>(
  choice: EndpointChoice<RemoteEndpoint>,
  repeatable: boolean,
  attempt: Attempt<T>,
  first: RemoteEndpoint,
  failure: unknown,
): Promise<T> {
  const tried = new Set<RemoteEndpoint>();
  let again = false;
  let [endpoint, error] = [first, failure];
  for (;;) {
    const remedy = again ? onlyUnreached(error) : remedyFor(error, repeatable, endpoint);
    if (remedy === "none") throw error;
    tried.add(endpoint);
    const next = remedy === "elsewhere" ? choice.pick(tried) : endpoint;
    again ||= !isUnreached(error);
    // A lone endpoint whose answer broke off is asked once more; one that cannot be reached is not.
    const following = next ?? (isUnreached(error) ? undefined : endpoint);
    if (following === undefined) throw error;
    endpoint = following;
    try {
      return await one(endpoint, attempt);
    } catch (thrown) {
      error = thrown;
    }
  }
}

async function one<T>(endpoint: RemoteEndpoint, attempt: Attempt<T>): Promise<T> {
  const { health } = endpoint;
  let sent = false;
  health.active++;
  try {
    const result = await attempt(endpoint, () => (sent = true));
    health.reached();
    return result;
  } catch (error) {
    if (isUnreached(error)) {
      health.unreachable();
      endpoint.doubt();
    } else health.reached();
    // What failed before it, such as a handshake, leaves the request itself unsent.
    if (!sent && error instanceof LinkLost && error.received && !error.sessionGone) {
      throw new LinkLost(error.message, { received: false, sessionGone: true, cause: error });
    }
    throw error;
  } finally {
    health.active--;
  }
}

function remedyFor(error: unknown, repeatable: boolean, endpoint: RemoteEndpoint): Remedy {
  if (error instanceof LinkLost) {
    if (isUnreached(error)) return "elsewhere";
    if (!error.received) return "anew";
    return repeatable ? "elsewhere" : "none";
  }
  if (!(error instanceof HttpRefusal)) return "none";
  if (AWAY.has(error.status)) return repeatable ? "elsewhere" : "none";
  // It was refused without being looked at: perhaps the server speaks another revision by now.
  return OTHER_ERA.has(error.status) && endpoint.doubt() ? "anew" : "none";
}

function onlyUnreached(error: unknown): Remedy {
  return isUnreached(error) ? "elsewhere" : "none";
}

/** No connection came about. */
function isUnreached(error: unknown): boolean {
  return error instanceof LinkLost && !error.received && !error.sessionGone;
}
