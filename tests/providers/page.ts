/** Writes docs/providers.md, from what the types answer when they are asked: `bun tests/providers/page.ts --update`. */
import { writeFileSync } from "node:fs";
import type { ApiName } from "#src/core/api.ts";
import { type ClientProtocol, PROTOCOLS, type ProtocolName } from "#src/core/protocol.ts";
import type { Provider, ProviderSettings } from "#src/core/provider.ts";
import { registry } from "#src/registry.ts";
import { configure } from "#tests/contracts/provider.ts";
import { table } from "#tests/support/markdown.ts";

/** Where the page is. */
export const PAGE: URL = new URL("../../docs/providers.md", import.meta.url);

const NAMES: Readonly<Partial<Record<ProtocolName, string>>> = {
  "openai-chat": "Chat",
  "openai-responses": "Responses",
  "anthropic-messages": "Claude",
  gemini: "Gemini",
};

const KEY = JSON.stringify({ type: "authorized_user", client_id: "a", client_secret: "b", refresh_token: "c" });

/** What a type does not go without, in words that tell what belongs there. */
const SETTINGS: Readonly<Record<string, Partial<ProviderSettings>>> = {
  azure: { options: { azureServiceUrl: "https://RESOURCE.openai.azure.com" } },
  bedrock: { apiTokens: ["KEY"], options: { awsRegion: "us-east-1" } },
  cloudflare: { options: { cloudflareAccountId: "ACCOUNT" } },
  generic: { baseUrl: "https://HOST" },
  vertex: { options: { vertexAuthKey: KEY, vertexRegion: "us-central1", vertexProjectId: "project" } },
};

/** Names of models that types tell apart. */
const MODELS = [
  "MODEL",
  "claude-sonnet-4-5",
  "gpt-5.1",
  "openai/gpt-5.1",
  "gemini-2.5-pro",
  "gemini-embedding-001",
  "imagen-4.0-generate-001",
  "amazon.nova-canvas-v1:0",
  "amazon.titan-embed-text-v2:0",
  "qwen3.5-plus",
  "image-01",
];

/** The APIs of which it matters who has them, in words. */
const APIS: readonly (readonly [ApiName, string])[] = [
  ["completions", "completions"],
  ["embeddings", "embeddings"],
  ["rerank", "rerank"],
  ["image-generation", "images"],
  ["image-edit", "image edits"],
  ["speech", "speech"],
  ["transcription", "transcription"],
  ["translation", "translation"],
  ["moderations", "moderations"],
  ["realtime", "realtime"],
  ["files", "files"],
  ["batches", "batches"],
  ["message-batches", "message batches"],
  ["fine-tuning", "fine-tuning"],
  ["videos", "videos"],
  ["responses", "stored answers"],
  ["count-tokens", "token counts"],
  ["models", "models"],
];

const ABOUT = `# Providers

<!-- Written by \`bun tests/providers/page.ts --update\`; do not change it by hand. -->

What each \`type\` has. A client of any protocol reaches every one of them: where the provider does not speak the client's, chat is
[converted](conversion.md). The settings of each are told in [Configuration](configuration.md#providers), and how another
one is added in [Add a provider](add-a-provider.md).

## Chat

**spoken**: sent there as it comes; _by model_: only for some. A dot stands for conversion.

`;

const OTHERS = `
## Beside chat

An API that is not told here is answered 404 \`api_not_supported\`; token counts are then estimated. In brackets stands whose format the
requests are converted to; Azure's, Bedrock's and Vertex' models decide which of theirs they have. What only one vendor has (Mistral's OCR,
Cohere's classify, …) goes through as it is, and with \`generic\` any path does.

`;

/** The whole page. */
export function providersPage(): string {
  const types = registry.providers
    .filter(({ type }) => type !== "echo")
    .map((definition) => ({ definition, provider: configure(definition, SETTINGS[definition.type]) }));
  const chat = types.map(({ definition: { type, owns = [] }, provider }) => [
    `\`${type}\``,
    ...PROTOCOLS.map((protocol) => spoken(provider, protocol)),
    owns.map((name) => `\`${name}*\``).join(", "),
    `\`${addressOf(provider)}\``,
  ]);
  const others = types.map(({ provider }) => [`\`${provider.type}\``, apisOf(provider).join(", ")]);
  const head = ["type", ...PROTOCOLS.map((protocol) => NAMES[protocol] ?? protocol), "models of its own", "chat"];
  return `${ABOUT}${table([head, ...chat])}\n${OTHERS}${table([["type", "APIs"], ...others])}\n`;
}

function spoken(provider: Provider, protocol: ClientProtocol): string {
  const count = MODELS.filter((model) =>
    (provider.protocolsFor?.(model) ?? provider.protocols).includes(protocol),
  ).length;
  if (count === 0) return "·";
  return count === MODELS.length ? "spoken" : "by model";
}

function addressOf(provider: Provider): string {
  const [protocol = "openai-chat"] = provider.protocols;
  return provider.url({ api: "chat", protocol, model: "MODEL", stream: false }) ?? "";
}

function apisOf(provider: Provider): string[] {
  return APIS.flatMap(([api, name]) => {
    const models = MODELS.filter((model) => has(provider, api, model));
    const [model] = models;
    if (model === undefined) return [];
    const shapes = new Set(models.map((one) => provider.shape?.(api, one) ?? "openai"));
    shapes.delete("openai");
    return [shapes.size === 0 || api === "models" ? name : `${name} (${[...shapes].join(", ")})`];
  });
}

function has(provider: Provider, api: ApiName, model: string): boolean {
  return [...PROTOCOLS, ...provider.protocols].some(
    (protocol) => provider.url({ api, protocol, model, stream: false }) !== undefined,
  );
}

if (import.meta.main) {
  if (!process.argv.includes("--update")) throw new Error("Say --update to write the page anew.");
  writeFileSync(PAGE, providersPage());
}
