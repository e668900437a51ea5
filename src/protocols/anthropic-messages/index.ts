import type { Codec } from "../../core/codec.ts";
import { countTokens } from "./count-tokens-request.ts";
import { error } from "./error.ts";
import { request } from "./request.ts";
import { response } from "./response.ts";
import { stream } from "./stream.ts";
import { tap } from "./tap.ts";
import { PROTOCOL } from "./wire.ts";

/** Anthropic's Messages API. */
export const anthropicMessages: Codec = { protocol: PROTOCOL, request, response, stream, error, countTokens, tap };
