import type { GoldenCase } from "../case.ts";
import { answers } from "./answers.ts";
import { failures } from "./failures.ts";
import { images } from "./images.ts";
import { multiTurn } from "./multi-turn.ts";
import { reasoning } from "./reasoning.ts";
import { structured } from "./structured.ts";
import { text } from "./text.ts";
import { tools } from "./tools.ts";
import { builtInTools, customTool } from "./vendor-tools.ts";

/** Every case of the matrix. */
export const CASES: readonly GoldenCase[] = [
  text,
  multiTurn,
  tools,
  structured,
  images,
  reasoning,
  customTool,
  builtInTools,
  ...answers,
  ...failures,
];
