import { expect } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { ANSWERS } from "./provider-answers.ts";
import { openProviderStage } from "./provider-stage.ts";

/** What the provider gets for a request, and what the client is told to be lost. */
export async function sent(
  definition: ProviderDefinition,
  path: string,
  body: JsonObject,
): Promise<{ readonly body: JsonObject; readonly lost: string | null }> {
  const stage = await openProviderStage(definition, {}, () => Response.json(ANSWERS["openai-chat"]?.whole));
  try {
    const answer = await stage.ask(path, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return { body: JSON.parse(stage.asked[0]!.body), lost: answer.headers.get("x-sluice-loss") };
  } finally {
    await stage.close();
  }
}
