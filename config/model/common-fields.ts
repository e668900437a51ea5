import { z } from "zod";
import { CAPABILITIES } from "#src/core/capabilities.ts";
import type { Json } from "#src/core/json.ts";
import type { ClientProtocol } from "#src/core/protocol.ts";
import { nearest } from "../suggest.ts";
import { checkedText, Complaint, flag, httpUrl, integer, name, scalar } from "#src/core/settings/scalars.ts";
import { makes, word } from "#src/core/settings/shapes.ts";

/** Higress' fields of every provider that change what it is asked, where, and what its answers show. */

/** A field put into every request. */
export interface CustomSetting {
  readonly name: string;
  readonly value: Json;
  readonly mode: "auto" | "raw";
  readonly overwrite: boolean;
}

/** A text file told to the model with each chat. */
export interface ContextConfig {
  readonly fileUrl: string;
  /** One of `services`, asked in place of the URL's own server. */
  readonly serviceName?: string;
  readonly servicePort?: number;
}

/** What a provider's settings change, whatever its type. */
export interface SharedFields {
  readonly upstreamProtocol?: ClientProtocol;
  readonly customSettings: readonly CustomSetting[];
  readonly context?: ContextConfig;
  /** Milliseconds; for fetching `context` only. */
  readonly timeout: number;
  readonly contextCleanupCommands: readonly string[];
  readonly reasoningContentMode: "passthrough" | "ignore" | "concat";
  readonly mergeConsecutiveMessages?: boolean;
  readonly promoteThinkingOnEmpty?: boolean;
  /** Both of the two above, where they say nothing else. */
  readonly hiclawMode: boolean;
  /** Paths by capability: see src/core/capabilities.ts. */
  readonly capabilities?: Readonly<Record<string, string>>;
  readonly basePath?: string;
  readonly basePathHandling: "removePrefix" | "prepend";
  readonly providerBasePath?: string;
  readonly providerDomain?: string;
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value === "object" && Object.values(value).every(isJson);
}

const anyValue: z.ZodType<Json> = scalar<Json>((value) => (isJson(value) ? value : new Complaint("must be a value")), {
  description: "The field's value, as JSON has it.",
});

const settingName = checkedText(
  { description: "auto: max_tokens, temperature, top_p, top_k or seed; raw: the field, its path written with dots." },
  (value) =>
    /(?:^|\.)(?:__proto__|constructor|prototype|)(?:\.|$)/.test(value)
      ? new Complaint("is no path of a field", "as in top_logprobs, or extra_body.search")
      : value,
);

/** One of `customSettings`. */
export const customSetting: z.ZodType<CustomSetting> = makes<CustomSetting>()(
  z
    .strictObject({
      name: settingName,
      value: anyValue,
      mode: word(["auto", "raw"], "auto: in the words of the provider's protocol; raw: as it is.").prefault("auto"),
      overwrite: flag("Whether it wins over what the client sent.").prefault(true),
    })
    .superRefine(({ name: written, mode }, context) => {
      const known = ["max_tokens", "temperature", "top_p", "top_k", "seed"];
      if (mode === "raw" || known.includes(written)) return;
      const params = { hint: `auto knows ${known.join(", ")}; for other fields write mode: raw` };
      context.addIssue({ code: "custom", path: ["name"], message: "is not known to mode: auto", params });
    }),
);

/** `context`. */
export const context: z.ZodType<ContextConfig> = makes<ContextConfig>()(
  z
    .strictObject({
      fileUrl: httpUrl("The file's URL."),
      serviceName: name("One of services, asked in place of the URL's own server.").exactOptional(),
      servicePort: integer("Which port of the service; its first endpoint when left out.", 1, 65_535).exactOptional(),
    })
    .describe("A text file that is told to the model with each chat, as a system message. Fetched once."),
);

const path = (description: string): z.ZodType<string> =>
  checkedText({ description, pattern: "^/|^\\$\\{" }, (value) => {
    if (!/^\/[^\s?#]*$/.test(value)) return new Complaint("must be a path that begins with /");
    return value.replace(/\/+$/, "") === "" ? new Complaint("must name more than the root") : value;
  });

/** A path that others are put behind; a slash at its end is cut off. */
export const prefix = (description: string): z.ZodType<string> =>
  path(description).transform((it) => it.replace(/\/+$/, ""));

/** A host, perhaps with a port. */
export const domain: z.ZodType<string> = checkedText(
  { description: "Replaces the host of the provider's addresses.", examples: ["llm.example.com", "10.0.0.7:8443"] },
  (value) =>
    /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/.test(value)
      ? value
      : new Complaint("must be a host, or host:port", "for a whole URL use baseUrl"),
);

/** `capabilities`. */
export const capabilities: z.ZodType<Readonly<Record<string, string>>> = z
  .record(z.string(), path("The API's path from the root of the provider's server; {…} stands for a segment."))
  .superRefine((written, issues) => {
    const known = [...CAPABILITIES.keys()];
    for (const key of Object.keys(written)) {
      if (CAPABILITIES.has(key)) continue;
      const near = nearest(key, known);
      const hint = near === undefined ? `known: ${known.join(", ")}` : `did you mean ${near}?`;
      issues.addIssue({ code: "custom", path: [key], message: "unknown capability", params: { hint, atKey: true } });
    }
  })
  .describe("Paths of APIs, as openai/v1/embeddings: /my/embeddings. An API the provider lacks is added.");
