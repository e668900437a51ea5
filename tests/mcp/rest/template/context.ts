import type { TemplateContext } from "#mcp/rest/template/run.ts";

/** A world in which nothing moves. */
export const CONTEXT: TemplateContext = {
  now: () => 1_700_000_000_000,
  random: () => 0.5,
  realIp: "203.0.113.7",
  socketIp: "10.0.0.1",
};
