/** DashScope's images, of the models that answer at once. Format: https://www.alibabacloud.com/help/en/model-studio/qwen-image-api */
import { isObject, type Json } from "../../../core/json.ts";
import type { ProviderFormat } from "../family-codec.ts";
import type { GeneratedImage, ImageAnswer, ImageRequest } from "./canonical.ts";

/** What its models make without being told, of the ratios others have. */
const SIDE = 1328;

export const dashscopeImages: ProviderFormat<ImageRequest, ImageAnswer> = {
  request: {
    encode({ prompt, count, size, mimeType, compression, wants }, { model, losses }) {
      if (wants === "data") losses.approximated("response_format", "an address");
      if (mimeType !== undefined && mimeType !== "image/png") losses.dropped("output_format");
      if (compression !== undefined) losses.dropped("output_compression");
      const scale = size === undefined || size.exact ? 1 : SIDE / Math.max(size.width, size.height);
      const side = (length: number): number => (scale === 1 ? length : Math.round((length * scale) / 16) * 16);
      return {
        model,
        input: { messages: [{ role: "user", content: [{ text: prompt }] }] },
        parameters: {
          ...(count === undefined ? {} : { n: count }),
          ...(size === undefined ? {} : { size: `${side(size.width)}*${side(size.height)}` }),
          // Unsaid, some of its models put their maker's name into the picture.
          watermark: false,
        },
      };
    },
  },
  answer: {
    decode({ output, usage }) {
      const choices = isObject(output) ? output["choices"] : undefined;
      const images = Array.isArray(choices) ? choices.flatMap(imagesIn) : [];
      if (images.length === 0) return undefined;
      const { input_tokens: input, output_tokens: written } = isObject(usage) ? usage : {};
      return {
        images,
        ...(typeof input === "number" ? { inputTokens: input } : {}),
        ...(typeof written === "number" ? { outputTokens: written } : {}),
      };
    },
  },
};

function imagesIn(choice: Json): GeneratedImage[] {
  const message = isObject(choice) ? choice["message"] : undefined;
  const content = isObject(message) ? message["content"] : undefined;
  if (!Array.isArray(content)) return [];
  return content.flatMap((part): GeneratedImage[] =>
    isObject(part) && typeof part["image"] === "string"
      ? [{ source: { url: part["image"] }, mimeType: "image/png" }]
      : [],
  );
}
