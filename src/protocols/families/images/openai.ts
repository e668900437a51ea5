/** OpenAI's image generation. Format: https://platform.openai.com/docs/api-reference/images, `resources/images` of its package. */
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { invalid, optional, required } from "../../fields.ts";
import type { AnswerTarget, FamilyCodec } from "../family-codec.ts";
import type { Losses } from "../shape-losses.ts";
import type { GeneratedImage, ImageAnswer, ImageRequest, ImageSize } from "./canonical.ts";
import { nearestRatio } from "./ratio.ts";

const KNOWN: ReadonlySet<string> = new Set(
  "model prompt n size response_format output_format output_compression stream partial_images".split(" "),
);
/** What says no more than that the model may do as it likes. */
const USUAL: Readonly<Record<string, ReadonlySet<Json>>> = {
  quality: new Set(["auto", "standard"]),
  background: new Set(["auto", "opaque"]),
  moderation: new Set(["auto"]),
};
const WANTS: Readonly<Record<string, "url" | "data" | undefined>> = { url: "url", b64_json: "data" };
/** The sizes that all of OpenAI's newer models make, by their ratio. */
const SIZES: Readonly<Record<string, string>> = { "1:1": "1024x1024", "3:2": "1536x1024", "2:3": "1024x1536" };

export const openaiImages: FamilyCodec<ImageRequest, ImageAnswer> = {
  request: {
    decode(body, losses) {
      const others = Object.entries(body).filter(([key, value]) => USUAL[key]?.has(value) !== true);
      losses.unknown(Object.fromEntries(others), KNOWN);
      if ((body["partial_images"] ?? 0) !== 0) losses.dropped("partial_images");
      const count = optional(body["n"], "integer", "n");
      const format = optional(body["output_format"], "string", "output_format");
      const compression = optional(body["output_compression"], "integer", "output_compression");
      const wants = WANTS[optional(body["response_format"], "string", "response_format") ?? ""];
      const size = sizeIn(optional(body["size"], "string", "size"));
      return {
        prompt: required(body["prompt"], "string", "prompt"),
        ...(count === undefined ? {} : { count }),
        ...(size === undefined ? {} : { size }),
        ...(format === undefined ? {} : { mimeType: `image/${format}` }),
        ...(compression === undefined ? {} : { compression }),
        ...(wants === undefined ? {} : { wants }),
      };
    },
    encode({ prompt, count, size, mimeType, compression }, { model, losses }) {
      return {
        model,
        prompt,
        ...(count === undefined ? {} : { n: count }),
        ...(size === undefined ? {} : { size: sizeFor(size, losses) }),
        ...(mimeType === undefined ? {} : { output_format: mimeType.replace("image/", "") }),
        ...(compression === undefined ? {} : { output_compression: compression }),
        // OpenAI's newer models give nothing else, and refuse to be asked.
        ...(/^(?:chatgpt|gpt)-image/.test(model) ? {} : { response_format: "b64_json" }),
      };
    },
  },
  answer: {
    decode({ data, usage, output_format: format }) {
      if (!Array.isArray(data)) return undefined;
      const mimeType = typeof format === "string" ? `image/${format}` : "image/png";
      const images = data.map((item) => imageIn(item, mimeType)).filter((image) => image !== undefined);
      if (images.length === 0 || images.length < data.length) return undefined;
      const { input_tokens: input, output_tokens: output } = isObject(usage) ? usage : {};
      return {
        images,
        ...(typeof input === "number" ? { inputTokens: input } : {}),
        ...(typeof output === "number" ? { outputTokens: output } : {}),
      };
    },
    encode(answer, { created, request }) {
      const [first] = answer.images;
      return {
        created,
        output_format: formatOf(first),
        data: answer.images.map((image) => shown(image, request["response_format"] === "url")),
        ...usageOf(answer),
      };
    },
    stream: (answer, target) => answer.images.map((image) => completed(image, answer, target)),
  },
};

function sizeIn(text: string | undefined): ImageSize | undefined {
  if (text === undefined || text === "auto") return undefined;
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(text) ?? [];
  if (width === undefined || height === undefined) throw invalid("size", "auto, or as in 1024x1024");
  return { width: Number(width), height: Number(height), exact: true };
}

function sizeFor(size: ImageSize, losses: Losses): string {
  if (size.exact) return `${size.width}x${size.height}`;
  const { ratio, same } = nearestRatio(size, Object.keys(SIZES));
  if (!same) losses.approximated("aspectRatio", ratio);
  return SIZES[ratio] ?? "auto";
}

function imageIn(item: Json, mimeType: string): GeneratedImage | undefined {
  if (!isObject(item) || typeof item["b64_json"] !== "string") return undefined;
  const { b64_json: data, revised_prompt: prompt } = item;
  return { source: { data }, mimeType, ...(typeof prompt === "string" ? { prompt } : {}) };
}

function shown(image: GeneratedImage, asUrl: boolean): JsonObject {
  const { source, prompt } = image;
  return {
    ...(asUrl || "url" in source ? { url: urlOf(image) } : { b64_json: source.data }),
    ...(prompt === undefined ? {} : { revised_prompt: prompt }),
  };
}

/** Where an image is: for one that is nowhere an address that holds it. */
function urlOf({ source, mimeType }: GeneratedImage): string {
  return "url" in source ? source.url : `data:${mimeType};base64,${source.data}`;
}

function formatOf(image: GeneratedImage | undefined): string {
  return image?.mimeType.replace("image/", "") ?? "png";
}

function usageOf({ inputTokens: input, outputTokens: output = 0 }: ImageAnswer): JsonObject {
  if (input === undefined) return {};
  const details = { text_tokens: input, image_tokens: 0 };
  const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output };
  return { usage: { ...usage, input_tokens_details: details } };
}

function completed(
  image: GeneratedImage,
  answer: ImageAnswer,
  { created, request }: AnswerTarget,
): { event: string; data: string } {
  const type = "image_generation.completed";
  const { size = "auto", quality = "auto", background = "auto" } = request;
  const form = { size, quality, background, output_format: formatOf(image) };
  const { source } = image;
  const what = "url" in source ? { url: source.url } : { b64_json: source.data };
  const event = { type, ...what, created_at: created, ...form, ...usageOf(answer) };
  return { event: type, data: JSON.stringify(event) };
}
