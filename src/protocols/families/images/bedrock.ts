/**
 * What Bedrock's `invoke` takes of models that draw. Formats: AWS' user guide, "Amazon Nova Canvas", "Amazon Titan Image Generator" and
 * "Stability AI models"
 */
import { Fault } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { FamilyTarget, ProviderFormat } from "../family-codec.ts";
import type { Losses } from "../shape-losses.ts";
import type { ImageAnswer, ImageRequest } from "./canonical.ts";
import { nearestRatio } from "./ratio.ts";

/** Every model's images are PNGs, unless Stability's are asked for something else. */
const PNG = "image/png";
/** The sides of what Amazon's models draw are multiples of this, in pixels. */
const STEP = 16;
const STABILITY_RATIOS = ["1:1", "16:9", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];

/** Amazon's own. */
function amazon({ prompt, count, size, mimeType, compression }: ImageRequest, { losses }: FamilyTarget): JsonObject {
  formIsPng(mimeType, compression, losses);
  const side = (length: number): number => (size?.exact === false ? Math.round(length / STEP) * STEP : length);
  const config: JsonObject = {
    ...(count === undefined ? {} : { numberOfImages: count }),
    ...(size === undefined ? {} : { width: side(size.width), height: side(size.height) }),
  };
  return {
    taskType: "TEXT_IMAGE",
    textToImageParams: { text: prompt },
    ...(Object.keys(config).length === 0 ? {} : { imageGenerationConfig: config }),
  };
}

/** Stability's have shapes in place of sizes, and make one image a request. */
function stability({ prompt, count, size, mimeType, compression }: ImageRequest, { losses }: FamilyTarget): JsonObject {
  formIsPng(mimeType, compression, losses);
  if (count !== undefined && count !== 1) losses.dropped("n", "This model makes one image a request.");
  const nearest = size === undefined ? undefined : nearestRatio(size, STABILITY_RATIOS);
  if (size?.exact === true) losses.approximated("size", `told as ${nearest?.ratio}`);
  else if (nearest?.same === false) losses.approximated("aspectRatio", nearest.ratio);
  return { prompt, output_format: "png", ...(nearest === undefined ? {} : { aspect_ratio: nearest.ratio }) };
}

function formIsPng(mimeType: string | undefined, compression: number | undefined, losses: Losses): void {
  if (mimeType !== undefined && mimeType !== PNG) losses.dropped("output_format", "Images come as PNGs.");
  if (compression !== undefined) losses.dropped("output_compression");
}

/** Why there is no image: what the model's filter, or the model, says. */
function refusalIn({ error, finish_reasons: reasons }: JsonObject): string | undefined {
  if (typeof error === "string" && error !== "") return error;
  return Array.isArray(reasons) ? reasons.find((reason) => typeof reason === "string") : undefined;
}

export const bedrockImages: ProviderFormat<ImageRequest, ImageAnswer> = {
  request: {
    encode(request, target) {
      if (request.wants === "url") target.losses.approximated("response_format", "a data URL");
      return (target.model.includes("stability.") ? stability : amazon)(request, target);
    },
  },
  answer: {
    decode(body) {
      const { images } = body;
      const made = Array.isArray(images) ? images.filter((image) => typeof image === "string") : [];
      if (made.length > 0) return { images: made.map((data) => ({ source: { data }, mimeType: PNG })) };
      const refusal = refusalIn(body);
      if (refusal === undefined) return undefined;
      throw new Fault("upstream_error", `The model made no image: ${refusal}`, { status: 400, retryable: false });
    },
  },
};
