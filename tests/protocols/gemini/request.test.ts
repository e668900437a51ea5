import { expect, test } from "bun:test";
import { gemini } from "#src/protocols/gemini/index.ts";

test("a request is read, its nameless calls matched, and written for Gemini 3 with a signature", () => {
  const request = gemini.request.decode(
    {
      system_instruction: { parts: [{ text: "Be brief." }] },
      contents: [
        { role: "user", parts: [{ text: "Weather?" }] },
        { role: "model", parts: [{ functionCall: { name: "f", args: { city: "Oslo" } } }] },
        { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "rain" } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: "f", parameters: { type: "OBJECT" } }] }, { googleSearch: {} }],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } },
      generationConfig: { topK: 3, thinkingConfig: { thinkingLevel: "LOW", includeThoughts: true } },
      safetySettings: [],
    },
    { model: "gemini-3-pro", stream: true },
  );
  expect(request).toMatchObject({
    model: "gemini-3-pro",
    stream: true,
    topK: 3,
    reasoning: { effort: "low", display: "summarized" },
    toolChoice: { type: "tool", name: "f" },
    rest: { protocol: "gemini", fields: { safetySettings: [] } },
  });
  expect(request.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool"]);
  const { value, losses } = gemini.request.encode(request, { model: "gemini-3-pro", dialect: {} });
  expect(losses).toEqual([]);
  expect(value).toMatchObject({
    contents: [
      {},
      { role: "model", parts: [{ thoughtSignature: "skip_thought_signature_validator" }] },
      { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "rain" } } }] },
    ],
    generationConfig: { topK: 3, thinkingConfig: { thinkingLevel: "low", includeThoughts: true } },
    safetySettings: [],
  });
});
