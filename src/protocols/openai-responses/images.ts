/** Images the model made: items of type `image_generation_call`, whose `result` is base64. */
import type { MediaPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { restOf } from "../rest.ts";
import { PROTOCOL, textOf } from "./wire.ts";

const KNOWN = new Set(["type", "status", "result", "output_format"]);

/** The image in an item; undefined for another item, or one whose image is not there (yet). */
export function decodeImageItem(item: JsonObject): MediaPart | undefined {
  const data = item.type === "image_generation_call" ? textOf(item.result) : undefined;
  if (data === undefined) return undefined;
  const mediaType = `image/${textOf(item.output_format) ?? "png"}`;
  const rest = restOf(PROTOCOL, item, KNOWN);
  return {
    type: "media",
    kind: "image",
    source: { type: "base64", mediaType, data },
    ...(rest === undefined ? {} : { rest }),
  };
}

/** The item of an image; `id` is used when it has none of its own. Undefined for other media, and for an image given by its place. */
export function encodeImageItem({ kind, source, rest }: MediaPart, id: string | undefined): JsonObject | undefined {
  if (kind !== "image" || source.type !== "base64") return undefined;
  const own = rest?.protocol === PROTOCOL ? rest.fields : {};
  const known = textOf(own.id) ?? id;
  if (known === undefined) return undefined;
  const format = source.mediaType.slice(source.mediaType.indexOf("/") + 1);
  return {
    ...own,
    id: known,
    type: "image_generation_call",
    status: "completed",
    ...(format === "png" ? {} : { output_format: format }),
    result: source.data,
  };
}
