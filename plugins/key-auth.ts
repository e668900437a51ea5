import { z } from "zod";
import { definePlugin, type Plugin } from "#src/core/plugin.ts";
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
import { type KeyHolder, KeyPlaces, type KeySources } from "./auth/key-places.ts";

interface KeyConsumer extends KeySources {
  readonly name: string;
  readonly credential?: string;
  readonly credentials?: readonly string[];
}

interface Options extends ConsumerRules, KeySources {
  readonly consumers: readonly KeyConsumer[];
  readonly keys: readonly string[];
}

const inQuery = flag("Whether the key may be in the query.").exactOptional();
const inHeader = flag("Whether the key may be in a header; Authorization's may have Bearer before it.").exactOptional();

const consumer: z.ZodType<KeyConsumer> = makes<KeyConsumer>()(
  z
    .strictObject({
      name: consumerName,
      credential: text("The consumer's key.").exactOptional(),
      credentials: someOf(text("A key."), "The consumer's keys; either these or credential.").exactOptional(),
      keys: someOf(text("A name."), "Where this consumer's key is, in place of the plugin's keys.").exactOptional(),
      in_query: inQuery,
      in_header: inHeader,
    })
    .check((context) => {
      const { credential, credentials, keys, in_query: query, in_header: header } = context.value;
      const complain = (message: string): void =>
        void context.issues.push({ code: "custom", message, input: context.value });
      if (credential === undefined && credentials === undefined) complain("needs credential or credentials");
      if (keys !== undefined && query !== true && header !== true) complain(ONE_PLACE);
    }),
);

const ONE_PLACE = "one of in_query and in_header must be true";

const options: z.ZodType<Options> = z
  .strictObject({
    global_auth: globalAuth.exactOptional(),
    consumers: someOf(consumer, "Who may ask."),
    keys: someOf(text("A name."), "Headers or query parameters that may hold the key."),
    in_query: inQuery,
    in_header: inHeader,
  })
  .check((context) => {
    const { in_query: query, in_header: header, consumers } = context.value;
    if (query === true || header === true || consumers.every(({ keys }) => keys !== undefined)) return;
    context.issues.push({ code: "custom", message: ONE_PLACE, input: context.value });
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
    const places = await KeyPlaces.of(given.consumers.map(holderOf), given);
    return consumerHooks(given, hasRules, forbidden, async ({ request }) => {
      const [shown, ...others] = places.shownBy(request);
      if (shown === undefined) return none;
      if (others.length > 0) return several;
      const name = await shown.index.nameOf(shown.key);
      return name === undefined ? unknown : { name };
    });
  },
});

function holderOf({ credential, credentials = [], ...others }: KeyConsumer): KeyHolder {
  return { ...others, credentials: [...new Set([...(credential === undefined ? [] : [credential]), ...credentials])] };
}
