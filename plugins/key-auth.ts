import { z } from "zod";
import { type Call, definePlugin, type Plugin } from "#src/core/plugin.ts";
import { flag, text } from "#src/core/settings/scalars.ts";
import { makes, someOf } from "#src/core/settings/shapes.ts";
import {
  allowRules,
  type AllowRule,
  consumerHooks,
  consumerName,
  type ConsumerRules,
  denial,
  globalAuth,
} from "./auth/consumer-rules.ts";
import { SecretIndex } from "./auth/secret-index.ts";

interface KeyConsumer {
  readonly name: string;
  readonly credential: string;
}

interface Options extends ConsumerRules {
  readonly consumers: readonly KeyConsumer[];
  readonly keys: readonly string[];
  readonly in_query?: boolean;
  readonly in_header?: boolean;
}

const options: z.ZodType<Options> = z
  .strictObject({
    global_auth: globalAuth.exactOptional(),
    consumers: someOf(
      makes<KeyConsumer>()(z.strictObject({ name: consumerName, credential: text("The consumer's key.") })),
      "Who may ask.",
    ),
    keys: someOf(text("A name."), "Headers or query parameters that may hold the key."),
    in_query: flag("Whether the key may be in the query.").exactOptional(),
    in_header: flag("Whether the key may be in a header; Authorization's may have Bearer before it.").exactOptional(),
  })
  .check((context) => {
    const { in_query: query, in_header: header } = context.value;
    if (query === true || header === true) return;
    context.issues.push({
      code: "custom",
      message: "one of in_query and in_header must be true",
      input: context.value,
    });
  });

const deny = denial("key-auth", "Key Auth", "Key");
const none = deny(401, "no_key", "No API key found in request.");
const several = deny(401, "several_keys", "Muti API key found in request.");
const unknown = deny(401, "unknown_key", "Invalid API key.");
const forbidden = deny(403, "not_allowed", "Unauthorized consumer.");

/** Lets in who shows a key. */
export const keyAuth: Plugin<Options, AllowRule> = definePlugin({
  name: "key-auth",
  summary: "Lets consumers in by an API key in a header or in the query.",
  phase: "AUTHN",
  priority: 310,
  failStrategy: "FAIL_CLOSE",
  options,
  rules: allowRules<Options>(),
  async configure(given, { hasRules }) {
    const index = await SecretIndex.of(given.consumers.map(({ name, credential }) => [credential, name]));
    return consumerHooks(given, hasRules, forbidden, async (call) => {
      const [key, ...others] = keysIn(call, given);
      if (key === undefined) return none;
      if (others.length > 0) return several;
      const name = await index.nameOf(key);
      return name === undefined ? unknown : { name };
    });
  },
});

/** The different keys that a request shows. */
function keysIn({ request }: Call, { keys, in_header: header, in_query: query }: Options): string[] {
  const found: (string | null)[] = [];
  if (header === true) found.push(...keys.map((key) => bare(request.headers.get(key.toLowerCase()))));
  if (query === true && request.search !== "") {
    const params = new URLSearchParams(request.search);
    found.push(...keys.flatMap((key) => params.getAll(key)));
  }
  return [...new Set(found.filter((key) => key !== null && key !== ""))] as string[];
}

/** A key without the word that clients of OpenAI's put before it. */
function bare(value: string | null): string | null {
  return value === null ? null : value.replace(/^Bearer\s+/i, "").trim();
}
