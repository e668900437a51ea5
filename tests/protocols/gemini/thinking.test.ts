import { describe, expect, test } from "bun:test";
import type { ReasoningOptions } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { gemini } from "#src/protocols/gemini/index.ts";

/** What is said to a model (ai.google.dev/gemini-api/docs/thinking), and what is lost. */
function said(model: string, reasoning: ReasoningOptions): { config: unknown; lost: string[] } {
  const { value, losses } = gemini.request.encode(
    { model, stream: false, messages: [], reasoning },
    { model, dialect: {} },
  );
  const config = (value.generationConfig as JsonObject | undefined)?.thinkingConfig;
  return { config, lost: losses.map(({ kind, field }) => `${kind} ${field}`) };
}

const high: ReasoningOptions = { effort: "high" };
const off: ReasoningOptions = { mode: "disabled" };
const budget = (budgetTokens: number): ReasoningOptions => ({ mode: "enabled", budgetTokens, display: "omitted" });
const effort = "approximated reasoning_effort";
const tokens = "approximated reasoning.budget_tokens";

describe("thinking by model", () => {
  const cases: [string, ReasoningOptions, unknown, string[]][] = [
    ["gemini-2.5-pro", high, { thinkingBudget: 16_384 }, [effort]],
    ["gemini-2.5-pro", budget(64), { thinkingBudget: 128 }, [tokens]],
    ["gemini-2.5-pro", budget(40_000), { thinkingBudget: 32_768 }, [tokens]],
    ["gemini-2.5-pro", off, { thinkingBudget: 128 }, ["approximated reasoning"]],
    ["gemini-2.5-flash", off, { thinkingBudget: 0 }, []],
    ["gemini-2.5-flash", budget(1024), { thinkingBudget: 1024 }, []],
    ["gemini-2.5-flash", { mode: "adaptive", display: "omitted" }, { thinkingBudget: -1 }, []],
    ["gemini-2.5-flash-lite", budget(100), { thinkingBudget: 512 }, [tokens]],
    ["gemini-3-pro-preview", high, { thinkingLevel: "high" }, []],
    ["gemini-3-pro-preview", { effort: "medium" }, { thinkingLevel: "high" }, [effort]],
    ["gemini-3.1-pro-preview", { effort: "medium" }, { thinkingLevel: "medium" }, []],
    ["gemini-3.1-pro-preview", { effort: "minimal" }, { thinkingLevel: "low" }, [effort]],
    ["gemini-3-flash-preview", { effort: "minimal" }, { thinkingLevel: "minimal" }, []],
    ["gemini-3-flash-preview", off, { thinkingLevel: "minimal" }, ["approximated reasoning"]],
    ["gemini-3-flash-preview", { effort: "max" }, { thinkingLevel: "high" }, [effort]],
    ["gemini-3-flash-preview", budget(8192), { thinkingLevel: "medium" }, [tokens]],
    ["gemini-2.0-flash", high, undefined, ["dropped reasoning"]],
    ["gemini-2.0-flash", off, undefined, []],
    ["tuned", high, { thinkingBudget: 16_384 }, [effort]],
    ["gemini-2.5-flash", { mode: "enabled", budgetTokens: 1024 }, { thinkingBudget: 1024, includeThoughts: true }, []],
    ["gemini-3-pro-preview", { display: "detailed" }, { includeThoughts: true }, ["approximated reasoning.display"]],
  ];
  test.each(cases)("%s, asked for %j", (model, options, config, lost) => {
    expect(said(model, options)).toEqual({ config, lost });
  });

  test("a level that is not known yet stays", () => {
    const wire = { contents: [], generationConfig: { thinkingConfig: { thinkingLevel: "ULTRA" } } };
    const request = gemini.request.decode(wire, { model: "gemini-4", stream: false });
    expect(gemini.request.encode(request, { model: "gemini-4", dialect: {} }).value).toMatchObject(wire);
  });
});
