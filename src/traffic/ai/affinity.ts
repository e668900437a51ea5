import type { ApiName } from "../../core/api.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Credential } from "../../core/provider.ts";
import type { Store } from "../../core/store.ts";
import type { Preference } from "../credential-pool.ts";
import type { Target } from "./target.ts";

/** APIs whose objects only the account that made them can see. */
const STATEFUL: ReadonlySet<ApiName> = new Set([
  "files",
  "uploads",
  "batches",
  "fine-tuning",
  "responses",
  "conversations",
  "vector-stores",
  "message-batches",
  "videos",
  "cached-contents",
  "operations",
]);

/** How long it is known who made an object, in milliseconds: as long as the vendors keep the answers they store. */
const REMEMBERED = 30 * 24 * 60 * 60 * 1000;

/** Members of requests that name objects, and of answers that name objects made on the way. */
const NAMED = ["input_file_id", "training_file", "previous_response_id", "conversation", "file_id"];
const MADE = ["output_file_id", "error_file_id", "fine_tuned_model"];

export function isStateful(api: ApiName): boolean {
  return STATEFUL.has(api);
}

/** The ids of objects a request is about: the path's own, and those its body names. */
export function objectsOf(id: string | undefined, body: JsonObject | undefined): string[] {
  const ids = [id, ...NAMED.map((name) => idOf(body?.[name]))];
  return ids.filter((one): one is string => one !== undefined && one !== "");
}

function idOf(value: Json | undefined): string | undefined {
  const id = isObject(value) ? value["id"] : value;
  return typeof id === "string" ? id : undefined;
}

/**
 * The credential a request belongs to: the one that made the object it is about, else the consumer's own, which every replica finds
 * without asking. A store that is away leads to the second.
 */
export async function affinity(
  store: Store | undefined,
  { provider, pool }: Target,
  objects: readonly string[],
  consumer: string | undefined,
): Promise<Preference | undefined> {
  const { credentials } = pool;
  const [only] = credentials;
  if (only === undefined) return undefined;
  const digests = await Promise.all(credentials.map(digestOf));
  for (const id of objects) {
    const maker = await store?.get(keyOf(provider.id, id)).catch(() => undefined);
    const made = maker === undefined ? undefined : credentials[digests.indexOf(maker)];
    if (made !== undefined) return { credential: made.id, only: true };
  }
  return { credential: (await nearest(credentials, digests, consumer ?? "")).id, only: false };
}

/** Notes which credential made the objects an answer names. A store that is away is no reason to fail: the consumer's own still leads there. */
export async function remember(
  store: Store | undefined,
  { provider, pool }: Target,
  credential: Credential | undefined,
  body: JsonObject,
  created: boolean,
): Promise<void> {
  // With one credential there is nothing to choose.
  if (store === undefined || credential === undefined || pool.credentials.length < 2) return;
  const digest = await digestOf(credential);
  const ids = [
    ...(created ? [idOf(body["id"]) ?? lastSegment(body["name"])] : []),
    ...MADE.map((name) => idOf(body[name])),
  ];
  const named = ids.filter((id) => id !== undefined);
  await Promise.allSettled(named.map((id) => store.set(keyOf(provider.id, id), digest, REMEMBERED)));
}

/** Google's names of objects: `cachedContents/abc`. */
function lastSegment(name: Json | undefined): string | undefined {
  return typeof name === "string" && name.includes("/") ? name.slice(name.lastIndexOf("/") + 1) : undefined;
}

function keyOf(provider: string, id: string): string {
  return `affinity:${provider}:${id}`;
}

/** Rendezvous hashing: when a credential joins or leaves, only its own consumers move. */
async function nearest(
  credentials: readonly Credential[],
  digests: readonly string[],
  consumer: string,
): Promise<Credential> {
  const ranks = await Promise.all(digests.map((digest) => sha256(`${digest}\n${consumer}`)));
  const best = ranks.indexOf(ranks.toSorted().at(-1) as string);
  return credentials[best] as Credential;
}

const known = new WeakMap<Credential, Promise<string>>();

/** Names a secret without leading back to it. */
function digestOf(credential: Credential): Promise<string> {
  let digest = known.get(credential);
  if (digest === undefined) known.set(credential, (digest = sha256(`affinity\n${credential.secret}`)));
  return digest;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).slice(0, 16).toHex();
}
