import { route } from "#config/model/routes.ts";
import type { Clock } from "../core/clock.ts";
import { isObject, type Json } from "../core/json.ts";
import type { FamilyDeps } from "../traffic/ai/family.ts";
import { createAiHandler } from "../traffic/ai/handler.ts";
import { LiveExchange } from "../traffic/live-exchange.ts";
import { compileAiRoute } from "./ai-route.ts";
import type { CompiledProvider } from "./providers.ts";

/** Makes vectors of texts by one of the configuration's providers. */
export type Embed = (
  provider: string,
  model: string,
  texts: readonly string[],
) => Promise<readonly (readonly number[])[]>;

/** The embeddings of a configuration's providers, asked as a client of OpenAI's would: with their keys, deadlines and failover of keys. */
export function createEmbed(
  providers: ReadonlyMap<string, CompiledProvider>,
  deps: FamilyDeps & { readonly clock: Clock },
  random: () => number,
): Embed {
  return async (provider, model, texts) => {
    if (!providers.has(provider)) throw new Error(`There is no provider '${provider}'.`);
    const made = route.parse({ name: "embed", ai: { upstreams: [{ provider }] } });
    if (made.ai === undefined) throw new Error("A route to a provider is an AI route.");
    const handle = createAiHandler(compileAiRoute(made, made.ai, providers, random), deps);
    const request = new Request("http://sluice.invalid/v1/embeddings", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, input: texts, encoding_format: "float" }),
    });
    const exchange = new LiveExchange(request, { secure: true }, deps.clock, { held() {}, over() {} });
    const response = await handle(exchange);
    return vectorsOf((await response.json()) as Json);
  };
}

/** The vectors of OpenAI's answer, in the order of its inputs. */
function vectorsOf(answer: Json): readonly (readonly number[])[] {
  const data = isObject(answer) && Array.isArray(answer["data"]) ? answer["data"] : [];
  return data.map((entry) => {
    const vector = isObject(entry) ? entry["embedding"] : undefined;
    if (!Array.isArray(vector) || !vector.every((one) => typeof one === "number"))
      throw new Error("The provider's answer holds no vectors.");
    return vector;
  });
}
