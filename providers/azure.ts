import { z } from "zod";
import type { Provider, ProviderDefinition, ProviderSettings } from "#src/core/provider.ts";
import { azurePlace, azureUrl } from "./azure-place.ts";
import { limitsFrom } from "./model-limits.ts";
import { checkTokens, setSecret } from "./secret-header.ts";
import { classifyWith } from "./verdict.ts";

const VENDOR = /\.(?:openai\.azure|services\.ai\.azure|cognitiveservices\.azure)\.(?:com|us|cn)$/;

/** Azure OpenAI. Format: https://learn.microsoft.com/azure/ai-foundry/openai/reference and …/openai/api-version-lifecycle */
export const azure: ProviderDefinition = {
  type: "azure",
  vendor: "azure.ai.openai",
  fields: {
    azureServiceUrl: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The resource's address; with api-version in its query for a dated version of the API, and then perhaps with /openai/deployments/NAME, or one API's whole URL. baseUrl wins over it.",
      ),
  },
  environment: { token: "AZURE_OPENAI_API_KEY", options: { azureServiceUrl: "AZURE_OPENAI_ENDPOINT" } },
  needsToken: true,
  configure,
};

const limits = limitsFrom({});
const classify = classifyWith({});

function configure(settings: ProviderSettings): Provider {
  checkTokens(settings);
  const { baseUrl, options } = settings;
  const { azureServiceUrl } = options;
  const given = baseUrl ?? (typeof azureServiceUrl === "string" ? azureServiceUrl : undefined);
  if (given === undefined) throw new Error("azureServiceUrl is missing: every Azure resource has its own address.");
  const place = azurePlace(given, baseUrl === undefined ? "azureServiceUrl" : "baseUrl");
  return {
    id: settings.id,
    type: "azure",
    protocols: place.protocols,
    keyless: !VENDOR.test(new URL(place.origin).hostname),
    dialect: () => ({}),
    url: (call) => azureUrl(place, call),
    forwardHeaders: () => ["openai-beta"],
    authorize: (headers, credential) => setSecret(headers, "api-key", "", credential),
    classify,
    limits,
  };
}
