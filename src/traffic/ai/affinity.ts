import type { ApiName } from "../../core/api.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Credential } from "../../core/provider.ts";
import type { Store } from "../../core/store.ts";
import { parseObject } from "../../core/json-splice.ts";
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

/** The id in a member that holds it bare or as an object's. */
export function idOf(value: Json | undefined): string | undefined {
  const id = isObject(value) ? value["id"] : value;
  return typeof id === "string" ? id : undefined;
}

/** Who made an object, as far as it is known. */
export interface Maker {
  readonly target: Target;
  /** Undefined for a credential that is configured no longer, and for a provider that is called without one. */
  readonly credential: string | undefined;
  /** The consumer it was made for. */
  readonly consumer: string | undefined;
}

/** Who of `targets` made the first of the objects that any of them is known to have made. A store that is away knows nobody. */
export async function makerOf(
  store: Store | undefined,
  targets: readonly Target[],
  objects: readonly string[],
): Promise<Maker | undefined> {
  if (store === undefined) return undefined;
  for (const id of objects) {
    const makers = await Promise.all(targets.map((target) => recordedMaker(store, target, id)));
    const maker = makers.find((one) => one !== undefined);
    if (maker !== undefined) return maker;
  }
  return undefined;
}

async function recordedMaker(store: Store, target: Target, id: string): Promise<Maker | undefined> {
  const text = await store.get(keyOf(target.provider.id, id)).catch(() => undefined);
  const record = text === undefined ? undefined : parseObject(text);
  if (record === undefined) return undefined;
  const { credentials } = target.pool;
  const digests = await Promise.all(credentials.map(digestOf));
  const { credential, consumer } = record;
  return {
    target,
    credential: credentials[digests.findIndex((digest) => digest === credential)]?.id,
    consumer: typeof consumer === "string" ? consumer : undefined,
  };
}

/**
 * The credential a request belongs to: its object's maker's, else the consumer's own, which every replica finds without asking. So a store
 * that is away leads to the second.
 */
export async function affinity(
  { pool }: Target,
  maker: Maker | undefined,
  consumer: string | undefined,
): Promise<Preference | undefined> {
  const { credentials } = pool;
  if (credentials.length === 0) return undefined;
  if (maker?.credential !== undefined && credentials.some(({ id }) => id === maker.credential))
    return { credential: maker.credential, only: true };
  const digests = await Promise.all(credentials.map(digestOf));
  return { credential: (await nearest(credentials, digests, consumer ?? "")).id, only: false };
}

/** Who made which objects, for {@link remember}. */
export interface Made {
  readonly target: Target;
  readonly credential: Credential | undefined;
  readonly consumer: string | undefined;
}

/** Notes who made objects. A store that is away is no reason to fail: the consumer's own credential still leads there. */
export async function remember(store: Store | undefined, made: Made, ids: readonly string[]): Promise<void> {
  if (store === undefined || ids.length === 0) return;
  const { target, credential, consumer } = made;
  const record = JSON.stringify({
    ...(credential === undefined ? {} : { credential: await digestOf(credential) }),
    ...(consumer === undefined ? {} : { consumer }),
  });
  await Promise.allSettled(ids.map((id) => store.set(keyOf(target.provider.id, id), record, REMEMBERED)));
}

/** The ids of objects that an answer tells were made: the answer's own when its request `created` it, and those it names. */
export function madeIn(body: JsonObject, created: boolean): string[] {
  const ids = [...(created ? [idOf(body["id"]) ?? resourceOf(body)] : []), ...MADE.map((name) => idOf(body[name]))];
  return ids.filter((id) => id !== undefined);
}

/** Google's names of objects: `cachedContents/abc`; an upload's stands in a `file` of its own. */
function resourceOf({ name, file }: JsonObject): string | undefined {
  const own = name ?? (isObject(file) ? file["name"] : undefined);
  return typeof own === "string" && own.includes("/") ? own.slice(own.lastIndexOf("/") + 1) : undefined;
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
