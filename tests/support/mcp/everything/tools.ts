import { ASKING_TOOLS } from "./asking-tools.ts";
import { PLAIN_TOOLS } from "./plain-tools.ts";
import type { FixtureTool } from "./tool.ts";

/** All tools of the fixture server, those without arguments first. */
export const TOOLS: readonly FixtureTool[] = [...PLAIN_TOOLS, ...ASKING_TOOLS];
