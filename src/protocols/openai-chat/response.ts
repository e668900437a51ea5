export { decodeResponse } from "./response-decode.ts";
export { encodeResponse } from "./response-encode.ts";
