import type { Codec } from "../../core/codec.ts";
import { countTokens } from "./count-tokens.ts";
import { error } from "./error.ts";
import { request } from "./request.ts";
import { response } from "./response.ts";
import { stream } from "./stream.ts";
import { tap } from "./tap.ts";
import { PROTOCOL } from "./wire.ts";

/** Google's Gemini API: generateContent and streamGenerateContent. */
export const gemini: Codec = { protocol: PROTOCOL, request, response, stream, error, countTokens, tap };
