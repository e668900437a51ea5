/** MiniMax' own image generation, of its model image-01. Format: https://platform.minimax.io/docs/api-reference/image-generation-t2i */
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { ProviderFormat } from "../family-codec.ts";
import { checkMinimax } from "../minimax-answer.ts";
import type { ImageAnswer, ImageRequest, ImageSize } from "./canonical.ts";
import { nearestRatio } from "./ratio.ts";

const RATIOS = ["1:1", "16:9", "4:3", "3:2", "2:3", "3:4", "9:16", "21:9"];

export const minimaxImages: ProviderFormat<ImageRequest, ImageAnswer> = {
  request: {
    encode({ prompt, count, size, mimeType, compression, wants }, { model, losses }) {
      if (mimeType !== undefined && mimeType !== "image/jpeg") losses.dropped("output_format");
      if (compression !== undefined) losses.dropped("output_compression");
      return {
        model,
        prompt,
        response_format: wants === "url" ? "url" : "base64",
        ...(count === undefined ? {} : { n: count }),
        ...(size === undefined ? {} : sidesOf(size)),
      };
      function sidesOf(asked: ImageSize): JsonObject {
        const { width, height, exact } = asked;
        if (exact && fits(width) && fits(height)) return { width, height };
        const { ratio, same } = nearestRatio(asked, RATIOS);
        if (exact || !same) losses.approximated("size", ratio);
        return { aspect_ratio: ratio };
      }
    },
  },
  answer: {
    decode(body) {
      checkMinimax(body);
      const { image_base64: whole, image_urls: urls } = isObject(body["data"]) ? body["data"] : {};
      const mimeType = "image/jpeg";
      const images = [
        ...texts(whole).map((data) => ({ source: { data }, mimeType })),
        ...texts(urls).map((url) => ({ source: { url }, mimeType })),
      ];
      return images.length === 0 ? undefined : { images };
    },
  },
};

/** Sides are from 512 to 2048 pixels long, in steps of 8. */
function fits(side: number): boolean {
  return side >= 512 && side <= 2048 && side % 8 === 0;
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}
