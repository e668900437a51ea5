import { isDeeperThan, type Json, MAX_DEPTH } from "../core/json.ts";

/** The JSON in a text that somebody wrote, a model for one; undefined when it is none, or nested too deep to be written again. */
export function parseShallow(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isDeeperThan(MAX_DEPTH, value) ? undefined : value;
  } catch {
    return undefined;
  }
}
