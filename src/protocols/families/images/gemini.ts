/**
 * Google's images: Imagen's `predict`, on Vertex alike, and the Gemini models that draw, by `generateContent`. Formats:
 * https://ai.google.dev/gemini-api/docs/imagen and /image-generation; parameters as the `@google/genai` package writes them.
 */
import { Fault } from "../../../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { optional, required } from "../../fields.ts";
import type { FamilyCodec } from "../family-codec.ts";
import type { Losses } from "../shape-losses.ts";
import type { GeneratedImage, ImageAnswer, ImageRequest } from "./canonical.ts";
import { nearestRatio, sizeOfRatio } from "./ratio.ts";

const IMAGEN_RATIOS = ["1:1", "3:4", "4:3", "9:16", "16:9"];
const GEMINI_RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"];
/** From this length of the longer side on, in pixels, the larger of the two sizes is nearer. */
const LARGE = 1800;
const KNOWN: ReadonlySet<string> = new Set(["instances", "parameters"]);
const KNOWN_INSTANCE: ReadonlySet<string> = new Set(["prompt"]);
const KNOWN_PARAMETERS: ReadonlySet<string> = new Set(["sampleCount", "aspectRatio", "outputOptions"]);
const KNOWN_OUTPUT: ReadonlySet<string> = new Set(["mimeType", "compressionQuality"]);

export const geminiImages: FamilyCodec<ImageRequest, ImageAnswer> = {
  request: {
    action: (model) => (isImagen(model) ? "predict" : "generateContent"),
    decode,
    encode(request, { model, losses }) {
      if (request.wants === "url") losses.approximated("response_format", "a data URL");
      return isImagen(model) ? prediction(request, losses) : content(request, losses);
    },
  },
  answer: {
    decode(body) {
      const images = [...predicted(body["predictions"]), ...drawn(body["candidates"])];
      if (images.length === 0) return refused(body);
      const { promptTokenCount: input, candidatesTokenCount: output } = isObject(body["usageMetadata"])
        ? body["usageMetadata"]
        : {};
      return {
        images,
        ...(typeof input === "number" ? { inputTokens: input } : {}),
        ...(typeof output === "number" ? { outputTokens: output } : {}),
      };
    },
    encode: ({ images }) => ({
      predictions: images.map(({ source, mimeType, prompt }) => ({
        // The format has a place for an address, if only for those of its own vendor's storage.
        ...("url" in source ? { gcsUri: source.url } : { bytesBase64Encoded: source.data }),
        mimeType,
        ...(prompt === undefined ? {} : { prompt }),
      })),
    }),
  },
};

function isImagen(model: string): boolean {
  return /(?:^|\/)image(?:n-|generation@|text)/.test(model);
}

function decode(body: JsonObject, losses: Losses): ImageRequest {
  losses.unknown(body, KNOWN);
  const [first, ...others] = required(body["instances"], "list", "instances");
  if (others.length > 0) losses.dropped("instances[1]");
  const instance = required(first, "object", "instances[0]");
  losses.unknown(instance, KNOWN_INSTANCE, "instances[0].");
  const parameters = optional(body["parameters"], "object", "parameters") ?? {};
  losses.unknown(parameters, KNOWN_PARAMETERS, "parameters.");
  const output = optional(parameters["outputOptions"], "object", "parameters.outputOptions") ?? {};
  losses.unknown(output, KNOWN_OUTPUT, "parameters.outputOptions.");
  const count = optional(parameters["sampleCount"], "integer", "parameters.sampleCount");
  const size = sizeOfRatio(optional(parameters["aspectRatio"], "string", "parameters.aspectRatio") ?? "");
  const mimeType = optional(output["mimeType"], "string", "parameters.outputOptions.mimeType");
  const compression = optional(output["compressionQuality"], "integer", "parameters.outputOptions.compressionQuality");
  return {
    prompt: required(instance["prompt"], "string", "instances[0].prompt"),
    ...(count === undefined ? {} : { count }),
    ...(size === undefined ? {} : { size }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(compression === undefined ? {} : { compression }),
  };
}

/** The form of the image, as both kinds of model take it. */
function form({ size }: ImageRequest, ratios: readonly string[], losses: Losses): { ratio?: string; large?: true } {
  if (size === undefined) return {};
  const { ratio, same } = nearestRatio(size, ratios);
  const exact = same && (size.width === 1024 || !size.exact);
  if (!exact) losses.approximated("size", `${ratio}, in one of the sizes the model has`);
  return { ratio, ...(Math.max(size.width, size.height) >= LARGE ? { large: true } : {}) };
}

function prediction(request: ImageRequest, losses: Losses): JsonObject {
  const { prompt, count = 1, mimeType, compression } = request;
  const { ratio, large } = form(request, IMAGEN_RATIOS, losses);
  const output: JsonObject = {
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(compression === undefined ? {} : { compressionQuality: compression }),
  };
  return {
    instances: [{ prompt }],
    parameters: {
      // Unsaid, Imagen makes four.
      sampleCount: count,
      ...(ratio === undefined ? {} : { aspectRatio: ratio }),
      ...(large === undefined ? {} : { sampleImageSize: "2K" }),
      ...(Object.keys(output).length === 0 ? {} : { outputOptions: output }),
    },
  };
}

function content(request: ImageRequest, losses: Losses): JsonObject {
  const { prompt, count = 1, mimeType, compression } = request;
  if (count > 1) losses.dropped("n", "one image a request");
  // It makes what it makes, mostly PNG.
  if (mimeType !== undefined && mimeType !== "image/png") losses.dropped("output_format");
  if (compression !== undefined) losses.dropped("output_compression");
  const { ratio, large } = form(request, GEMINI_RATIOS, losses);
  const image: JsonObject = {
    ...(ratio === undefined ? {} : { aspectRatio: ratio }),
    ...(large === undefined ? {} : { imageSize: "2K" }),
  };
  return {
    contents: [{ role: "user", parts: [{ text: prompt }] }],
    generationConfig: {
      responseModalities: ["IMAGE"],
      ...(Object.keys(image).length === 0 ? {} : { imageConfig: image }),
    },
  };
}

function predicted(list: Json | undefined): GeneratedImage[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item): GeneratedImage[] => {
    if (!isObject(item) || typeof item["bytesBase64Encoded"] !== "string") return [];
    const { bytesBase64Encoded: data, mimeType, prompt } = item;
    return [
      {
        source: { data },
        mimeType: typeof mimeType === "string" ? mimeType : "image/png",
        ...(typeof prompt === "string" ? { prompt } : {}),
      },
    ];
  });
}

function drawn(candidates: Json | undefined): GeneratedImage[] {
  return partsIn(candidates).flatMap((part): GeneratedImage[] => {
    const inline = isObject(part) && part["thought"] !== true ? part["inlineData"] : undefined;
    if (!isObject(inline) || typeof inline["data"] !== "string") return [];
    const { data, mimeType } = inline;
    return typeof mimeType === "string" && mimeType.startsWith("image/") ? [{ source: { data }, mimeType }] : [];
  });
}

function partsIn(candidates: Json | undefined): Json[] {
  const [first] = Array.isArray(candidates) ? candidates : [];
  const { parts } = isObject(first) && isObject(first["content"]) ? first["content"] : {};
  return Array.isArray(parts) ? parts : [];
}

/** Why there is no image, when the answer says so: a filter's doing is told as OpenAI tells its own. */
function refused({ predictions, candidates, promptFeedback }: JsonObject): undefined {
  const [first] = Array.isArray(candidates) ? candidates : Array.isArray(predictions) ? predictions : [];
  const reasons = [
    isObject(promptFeedback) ? promptFeedback["blockReason"] : undefined,
    isObject(first) ? (first["raiFilteredReason"] ?? first["finishReason"]) : undefined,
  ];
  const reason = reasons.find((one) => typeof one === "string");
  // Imagen leaves the list out when it filtered all.
  if (reason === undefined && candidates !== undefined) return undefined;
  throw new Fault("upstream_error", `The provider made no image: ${reason ?? "its filters took all of them"}.`, {
    status: 400,
    upstream: { protocol: "openai-chat", type: "image_generation_user_error", code: "moderation_blocked" },
  });
}
