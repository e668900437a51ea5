import type { Clock } from "#src/core/clock.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import type { Member } from "./member.ts";
import { MemberCall } from "./member-call.ts";

/** What one member answered, or why it did not. */
export type Gathered<T> =
  | { readonly member: Member; readonly value: T }
  | { readonly member: Member; readonly failure: unknown };

/** How a set asks its members. */
export interface GatherOptions {
  readonly clock: Clock;
  /** Milliseconds; who takes longer has failed. */
  readonly timeout: number;
}

/** Asks all members side by side. Never rejects: who is slow or dead holds nobody up. */
export function gather<T>(
  members: readonly Member[],
  call: McpCall,
  { clock, timeout }: GatherOptions,
  ask: (member: Member, call: McpCall) => Promise<T> | T,
): Promise<readonly Gathered<T>[]> {
  return Promise.all(members.map((member) => one(member, call, clock, timeout, ask)));
}

async function one<T>(
  member: Member,
  call: McpCall,
  clock: Clock,
  timeout: number,
  ask: (member: Member, call: McpCall) => Promise<T> | T,
): Promise<Gathered<T>> {
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const abort = (reason: Error): void => {
    controller.abort();
    late.reject(reason);
  };
  const stop = clock.after(timeout, () => abort(new Error(`did not answer within ${timeout} ms`)));
  const left = (): void => abort(new Error("the client left"));
  call.signal.addEventListener("abort", left, { once: true });
  try {
    const asked = Promise.resolve(ask(member, new MemberCall(call, member.name, controller.signal)));
    return { member, value: await Promise.race([asked, late.promise]) };
  } catch (failure) {
    return { member, failure };
  } finally {
    stop();
    call.signal.removeEventListener("abort", left);
    // Nobody waits for it when the answer came first.
    late.promise.catch(() => {});
  }
}

/** A member whose list never ends is cut here, in pages. */
const MOST_PAGES = 200;

/** A whole list of a member, page by page. */
export interface WholeList {
  readonly entries: readonly Json[];
  /** Milliseconds it holds, the least of its pages. */
  readonly ttl: number;
  /** The same for every caller. */
  readonly isPublic: boolean;
}

/** Reads all pages of a member's list. */
export async function wholeList(member: Member, call: McpCall, method: string, field: string): Promise<WholeList> {
  const entries: Json[] = [];
  let [ttl, isPublic] = [Infinity, true];
  let cursor: Json | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const params: JsonObject = cursor === undefined ? {} : { cursor };
    const result = await member.server.handle({ method, params }, call);
    const { [field]: listed, nextCursor, ttlMs, cacheScope } = result;
    if (Array.isArray(listed)) entries.push(...listed);
    ttl = Math.min(ttl, typeof ttlMs === "number" ? ttlMs : 0);
    isPublic &&= cacheScope === "public";
    if (typeof nextCursor !== "string" || nextCursor === "") break;
    cursor = nextCursor;
  }
  return { entries, ttl, isPublic };
}
