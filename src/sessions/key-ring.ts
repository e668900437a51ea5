import type { Clock } from "../core/clock.ts";
import type { Json } from "../core/json.ts";
import type { Store } from "../core/store.ts";
import { SharedKeys } from "./shared-keys.ts";
import { importSealKey, openWith, parseToken, sealWith, type SealKey } from "./seal-key.ts";

/** What a sealed value is for; it opens for nothing else. */
export interface SealContext {
  /** Such as `mcp session`: one word for each use, so that a token of one is none of another. */
  readonly purpose: string;
  /** Whose it is: an authorization context, or empty. */
  readonly subject: string;
}

/** Seals small values into tokens for clients to bring back: they can neither read nor change them, and any replica opens them. */
export interface KeyRing {
  /** A token of URL-safe characters, some 4/3 of the value's JSON and 55 more; good until `expires` (Unix milliseconds). */
  seal(value: Json, context: SealContext, expires: number): Promise<string>;
  /** The value; undefined for all else alike: no token, changed, of another key or context, too old. */
  open(token: string, context: SealContext): Promise<Json | undefined>;
}

/** Where a ring's keys come from. */
export interface KeySource {
  /** The newest first; undefined or empty: one that the store's replicas share, made by the first of them. */
  readonly secrets?: readonly string[];
  readonly store: Store;
  readonly clock: Clock;
}

/** The keys a ring works with. */
interface Keys {
  /** The one that seals. Rejects when it cannot be had of the store. */
  newest(): Promise<SealKey>;
  byId(id: number): Promise<SealKey | undefined>;
}

/**
 * A ring of the configured secrets: the first one seals, all open, so that a new one is put in front and the old one taken out once its
 * tokens are over. Without secrets the key is kept in the store: with a memory store it ends with the process. Both methods reject when
 * the store is needed and away.
 */
export function createKeyRing({ secrets = [], store, clock }: KeySource): KeyRing {
  const opened = new OpenedTokens();
  const keys: Keys = secrets.length > 0 ? configuredKeys(secrets) : new SharedKeys(store, clock);
  return {
    async seal(value, context, expires) {
      return sealWith(await keys.newest(), JSON.stringify([Math.floor(expires), value]), spelled(context));
    },
    async open(token, context) {
      const text = opened.get(token, context) ?? (await openText(keys, token, context));
      if (text === undefined) return undefined;
      opened.add(token, context, text);
      const [expires, value]: [number, Json] = JSON.parse(text);
      return expires > clock.now() ? value : undefined;
    },
  };
}

async function openText(keys: Keys, token: string, context: SealContext): Promise<string | undefined> {
  const parsed = parseToken(token);
  const key = parsed && (await keys.byId(parsed.keyId));
  return key && openWith(key, parsed, spelled(context));
}

/** So many tokens are kept open; the one opened first goes. */
const MAX_OPENED = 5000;

/** What tokens held that were opened already: those of a session come with every request, and opening costs more than all else here. */
class OpenedTokens {
  readonly #texts = new Map<string, string>();

  get(token: string, context: SealContext): string | undefined {
    return this.#texts.get(`${spelled(context)}\0${token}`);
  }

  add(token: string, context: SealContext, text: string): void {
    this.#texts.set(`${spelled(context)}\0${token}`, text);
    const oldest = this.#texts.size > MAX_OPENED ? this.#texts.keys().next().value : undefined;
    if (oldest !== undefined) this.#texts.delete(oldest);
  }
}

function configuredKeys(secrets: readonly string[]): Keys {
  const imported = Promise.all(secrets.map(importSealKey));
  return {
    newest: async () => (await imported)[0] as SealKey,
    byId: async (id) => (await imported).find((key) => key.id === id),
  };
}

function spelled({ purpose, subject }: SealContext): string {
  return `${purpose}\0${subject}`;
}
