import { expect, test } from "bun:test";
import { countTokens, decodeCountTokens } from "#src/protocols/gemini/count-tokens.ts";

test("a request is written whole, so that instructions count", () => {
  const contents = [{ role: "user", parts: [{ text: "Hello world" }] }];
  const systemInstruction = { parts: [{ text: "Be brief." }] };
  const path = { model: "asked", stream: false };
  const request = decodeCountTokens({ generateContentRequest: { contents, systemInstruction } }, path);
  const written = countTokens.encode(request, { model: "gemini-2.5-flash", dialect: {} });
  expect(written).toMatchObject({
    generateContentRequest: { model: "models/gemini-2.5-flash", contents, systemInstruction },
  });
  expect(decodeCountTokens(written, path)).toEqual(request);
});
