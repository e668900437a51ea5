import type { JsonObject } from "#src/core/json.ts";

/** How the gateway names itself to servers where no client's name is to be told; as package.json has it. */
export const GATEWAY_INFO: JsonObject = { name: "sluice", version: "0.1.0" };
