import type { ApiName } from "../../core/api.ts";
import type { Exchange, StreamedBody } from "../../core/exchange.ts";
import type { ApiCall } from "../../protocols/api-paths.ts";
import { boundaryOf } from "../../core/form-scanner.ts";
import { MultipartBody } from "./multipart-body.ts";

/** APIs whose forms name the model that is asked. Those of all others go on without being looked into. */
const NAMES_MODEL: ReadonlySet<ApiName> = new Set([
  "transcription",
  "translation",
  "image-edit",
  "image-variation",
  "videos",
]);

/** Opens a request's body, whatever it is, to be sent on as it comes; undefined when there is none. It is kept for whoever asks again. */
export async function openForm(exchange: Exchange, { api }: ApiCall, limit: number): Promise<StreamedBody | undefined> {
  const { request, body } = exchange;
  // One that says of itself that it is too long is not begun with.
  if (Number(request.headers.get("content-length") ?? 0) > limit) await body.bytes(limit);
  const bytes = body.used ? new Response(await body.bytes(limit)).body : request.body;
  if (bytes === null) return undefined;
  const boundary = NAMES_MODEL.has(api) ? boundaryOf(request.headers.get("content-type") ?? "") : undefined;
  body.streamed = await MultipartBody.open(bytes, { boundary, limit });
  return body.streamed;
}
