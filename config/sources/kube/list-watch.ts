import type { Clock } from "#src/core/clock.ts";
import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import { type Mapping, mapping } from "../../check-values.ts";
import type { Resource } from "../../kubernetes/resource.ts";
import { type KubeClient, KubeError } from "./api-client.ts";
import { collectionPath, type KubeKind } from "./kinds.ts";
import { acceptOf, readObject } from "./objects.ts";

/** What a list-watch tells. */
export interface ListWatchEvents {
  /** All objects, after each list. */
  listed(all: readonly Resource[]): void;
  put(resource: Resource): void;
  gone(resource: Resource): void;
  /** What keeps it from being up to date; undefined when it is again. `refused`: the server lives, but does not let it. */
  trouble(message: string | undefined, refused?: boolean): void;
}

/** What a list-watch works with. */
export interface ListWatchOptions {
  readonly client: KubeClient;
  readonly kind: KubeKind;
  readonly namespace: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

const PAGE = 500;

/** The server ends a watch after about so many seconds, at a random time, so that not all come back at once. */
const WATCH_SECONDS = 300;

/** A kind that the server does not have may be installed later. */
const ABSENT_PAUSE = 30_000;

/** The resource version is too old for a watch: all must be listed anew. */
class Expired extends Error {}

/**
 * Lists the objects of a kind and watches them from then on, until the signal aborts: pages, bookmarks, `410 Gone`, servers that go away
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
 */
export async function listWatch(options: ListWatchOptions, events: ListWatchEvents): Promise<void> {
  const { signal, clock } = options;
  const versions = new Versions(options.kind.versions);
  let from: string | undefined;
  const retry = new Retry(options);
  while (!signal.aborted) {
    try {
      from ??= await list(options, versions.current, events);
      from = await watch(options, versions.current, from, () => retry.reset(), events);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Expired) from = undefined;
      else if (isAbsent(error)) {
        from = undefined;
        if (versions.next()) continue;
        // A cluster without this kind has none of its objects: that is no trouble.
        events.listed([]);
        events.trouble(undefined);
        await pause(clock, ABSENT_PAUSE, signal);
      } else {
        events.trouble(error instanceof Error ? error.message : String(error), isRefusal(error));
        const rest = retry.next();
        await pause(clock, askedBy(error) ?? rest, signal);
      }
    }
  }
}

/** The API versions of a kind, tried in turn. */
class Versions {
  readonly #all: readonly string[];
  #at = 0;

  constructor(all: readonly string[]) {
    this.#all = all;
  }

  get current(): string {
    return this.#all[this.#at] ?? "";
  }

  /** False when all were tried; then it begins anew. */
  next(): boolean {
    this.#at = (this.#at + 1) % this.#all.length;
    return this.#at !== 0;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404;
}

function isRefusal(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 401 || error.status === 403);
}

/** Milliseconds that the server itself asks to wait. */
function askedBy(error: unknown): number | undefined {
  return error instanceof KubeError ? error.retryAfter : undefined;
}

/** Lists all, page by page; the version that a watch goes on from. */
async function list(
  { client, kind, namespace, signal }: ListWatchOptions,
  version: string,
  events: ListWatchEvents,
): Promise<string> {
  const path = collectionPath(kind, version, namespace);
  const all: Resource[] = [];
  let next = "";
  do {
    const query = new URLSearchParams({ limit: String(PAGE), ...(next === "" ? {} : { continue: next }) });
    const request = { path: `${path}?${query.toString()}`, accept: acceptOf(kind, "List"), signal };
    const page = mapping(await asked(() => client.json(request)));
    const { items, metadata } = page;
    for (const item of Array.isArray(items) ? items : []) {
      const read = readObject(kind, version, mapping(item));
      if (read !== undefined) all.push(read);
    }
    const { continue: more, resourceVersion } = mapping(metadata);
    next = typeof more === "string" ? more : "";
    if (next === "") {
      events.listed(all);
      return typeof resourceVersion === "string" ? resourceVersion : "0";
    }
  } while (next !== "");
  return "0";
}

/** Watches from a version; answers the version it came to when the server ends the watch in peace. */
async function watch(
  { client, kind, namespace, signal, random }: ListWatchOptions,
  version: string,
  from: string,
  connected: () => void,
  events: ListWatchEvents,
): Promise<string> {
  const query = new URLSearchParams({
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion: from,
    timeoutSeconds: String(Math.round(WATCH_SECONDS * (1 + random()))),
  });
  let at = from;
  const path = `${collectionPath(kind, version, namespace)}?${query.toString()}`;
  const lines = await asked(() => client.lines({ path, accept: acceptOf(kind), signal }));
  // Not before: a server that is away, or lists and lets nobody watch, is still trouble.
  connected();
  events.trouble(undefined);
  for (;;) {
    const { value: line, done } = await asked(() => lines.next());
    if (done === true) return at;
    at = take(mapping(JSON.parse(line)), (object) => readObject(kind, version, object), events) ?? at;
  }
}

/** One event of a watch; the version it came to. */
function take(
  { type, object }: Mapping,
  read: (object: Mapping) => Resource | undefined,
  events: ListWatchEvents,
): string | undefined {
  const written = mapping(object);
  if (type === "ERROR") {
    const { code, message } = written;
    if (code === 410) throw new Expired();
    throw new KubeError(
      typeof code === "number" ? code : 0,
      typeof message === "string" ? message : "the watch failed",
    );
  }
  const { resourceVersion } = mapping(written["metadata"]);
  const reached = typeof resourceVersion === "string" ? resourceVersion : undefined;
  if (type === "BOOKMARK") return reached;
  const resource = read(written);
  if (resource === undefined) return reached;
  if (type === "DELETED") events.gone(resource);
  else events.put(resource);
  return reached;
}

/** 410 has one meaning wherever it comes. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof KubeError && error.status === 410 ? new Expired() : error;
  }
}
