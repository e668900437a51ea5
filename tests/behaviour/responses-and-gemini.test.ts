/** OpenAI's Responses and Google's own client through the whole gateway, converted for a provider that speaks neither. */
import { afterAll, describe, expect, test } from "bun:test";
import { GoogleGenAI } from "@google/genai";
import { startGateway } from "#tests/support/gateway.ts";
import { openaiClient } from "#tests/support/stage.ts";

const gateway = await startGateway();
const openai = openaiClient(gateway, "none");
const google = new GoogleGenAI({ apiKey: "none", httpOptions: { baseUrl: gateway.origin } });
const question = "Is anybody there? é🙂";

afterAll(() => gateway.stop());

describe("OpenAI's Responses", () => {
  test("a whole answer", async () => {
    const answer = await openai.responses.create({ model: "any", input: question });
    expect(answer.status).toBe("completed");
    expect(answer.output_text).toContain(question);
    expect(answer.usage?.output_tokens).toBeGreaterThan(0);
  });

  test("a stream", async () => {
    const answer = await openai.responses.stream({ model: "any", input: question }).finalResponse();
    expect(answer.status).toBe("completed");
    expect(answer.output_text).toContain(question);
  });

  test("an earlier answer that nobody keeps is an error, not an answer without it", async () => {
    const error = await openai.responses
      .create({ model: "any", input: question, previous_response_id: "resp_1" })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 400, code: "previous_response_not_found", param: "previous_response_id" });
  });
});

describe("Google's client", () => {
  test("a whole answer", async () => {
    const answer = await google.models.generateContent({ model: "any", contents: question });
    expect(answer.text).toContain(question);
    expect(answer.candidates?.[0]?.finishReason as string).toBe("STOP");
    expect(answer.usageMetadata?.candidatesTokenCount).toBeGreaterThan(0);
  });

  test("a stream", async () => {
    let text = "";
    for await (const chunk of await google.models.generateContentStream({ model: "any", contents: question })) {
      text += chunk.text ?? "";
    }
    expect(text).toContain(question);
  });

  test("a stream without alt=sse is one JSON array", async () => {
    const response = await fetch(`${gateway.origin}/v1beta/models/any:streamGenerateContent`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ contents: [{ parts: [{ text: question }] }] }),
    });
    expect(response.headers.get("content-type")).toBe("application/json");
    const chunks = (await response.json()) as { candidates: { content?: { parts?: { text?: string }[] } }[] }[];
    const text = chunks.map(({ candidates }) => candidates[0]?.content?.parts?.[0]?.text ?? "").join("");
    expect(text).toContain(question);
  });

  test("tokens are counted", async () => {
    const { totalTokens } = await google.models.countTokens({ model: "any", contents: question });
    expect(totalTokens).toBeGreaterThan(0);
  });

  test("an error is in Google's shape", async () => {
    const error = await google.models
      .generateContent({ model: "any", contents: question, config: { temperature: "hot" as never } })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining("INVALID_ARGUMENT") });
  });
});
