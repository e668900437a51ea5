import type { Store } from "../../../core/store.ts";
import type { StoredAnswers } from "./stored-answers.ts";
import type { StoredConversations } from "./stored-conversations.ts";

/** Where what outlives a request is. */
export interface StoredDeps {
  /** Where it is kept whose objects are whose. */
  readonly store?: Store;
  /** Answers and conversations of the gateway's own; left out: it keeps none. */
  readonly answers?: StoredAnswers;
  readonly conversations?: StoredConversations;
}

/** A fresh id without a prefix. */
export function freshId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
