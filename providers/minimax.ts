import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

const compatible = openaiCompatible({
  type: "minimax",
  base: "https://api.minimaxi.com/v1",
  hosts: { "api.minimax.io": undefined, "api.minimax.chat": undefined },
  fields: {
    minimaxApiType: z.enum(["v2"]).optional().describe("Which API of chat; the older pro is not supported."),
    minimaxGroupId: z.string().optional().describe("Not used: only the older pro API wants it."),
  },
  environment: { token: "MINIMAX_API_KEY", baseUrl: "MINIMAX_BASE_URL" },
  owns: ["MiniMax-"],
  needsToken: true,
  responses: true,
  apis: ["models", "embeddings", "image-generation", "speech"],
  paths: { speech: "/t2a_v2" },
  shapes: { embeddings: "minimax", speech: "minimax" },
  ownPaths: [
    "/files",
    "/get_voice",
    "/image_generation",
    "/music_generation",
    "/query/video_generation",
    "/t2a_async_v2",
    "/t2a_v2",
    "/text/chatcompletion_v2",
    "/video_generation",
    "/voice_clone",
    "/voice_design",
  ],
  messages: { path: "/anthropic/v1/messages" },
  prefers: "anthropic-messages",
  dialect: { developerRole: false, reasoningField: false, reasoningRequest: "none" },
  // Its numbers, which come with status 200 too: https://platform.minimax.io/docs/api-reference/errorcode
  errors: {
    verdicts: {
      "1000": "upstream",
      "1001": "upstream",
      "1002": "credential",
      "1004": "credential",
      "1008": "credential",
      "1013": "upstream",
      "1024": "upstream",
      "1033": "upstream",
      "1039": "credential",
      "2045": "credential",
      "2049": "credential",
      "2056": "credential",
    },
  },
});

/** Of the models that draw only the older one has a format and a path of its own. */
const OWN_IMAGES = /^image-01/;

/**
 * MiniMax: OpenAI's protocols at its root, Claude's below `/anthropic`, where reasoning comes apart from the text. Keys of api.minimaxi.com
 * and of api.minimax.io, which `baseUrl` names, are not each other's. Format: https://platform.minimax.io/docs/api-reference
 */
export const minimax: ProviderDefinition = {
  ...compatible,
  configure(settings, world) {
    const provider = compatible.configure(settings, world);
    return {
      ...provider,
      url(call) {
        const url = provider.url(call);
        const own = call.api === "image-generation" && OWN_IMAGES.test(call.model);
        return own ? url?.replace("/images/generations", "/image_generation") : url;
      },
      shape: (api, model) =>
        api === "image-generation" && OWN_IMAGES.test(model) ? "minimax" : (provider.shape?.(api, model) ?? "openai"),
    };
  },
};
