/** Images between OpenAI's format (the `openai` package's `resources/images`) and Google's (ai.google.dev: Imagen, image generation). */
import { describe, expect, test } from "bun:test";
import { assert, constantFrom, integer, property } from "fast-check";
import type { Shape } from "#src/core/api.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type Conversion, familyConversion } from "#src/protocols/families/convert.ts";
import { nearestRatio, sizeOfRatio } from "#src/protocols/families/images/ratio.ts";

function between(from: Shape, to: Shape): Conversion {
  const conversion = familyConversion("image-generation", from, to);
  if (conversion === undefined) throw new Error("no conversion");
  return conversion;
}

const IMAGEN = "imagen-4.0-generate-001";
const DRAWS = "gemini-2.5-flash-image";
const toGoogle = between("openai", "gemini");
const target = (request: JsonObject = {}) => ({ model: "m", created: 7, request });
const fields = (losses: readonly { field: string; kind: string }[]): string[] =>
  losses.map(({ field, kind }) => `${field} ${kind}`);

describe("OpenAI's request", () => {
  test("as Imagen's", () => {
    expect(toGoogle.action(IMAGEN)).toBe("predict");
    const request = {
      model: "m",
      prompt: "a cat",
      n: 2,
      size: "1024x1024",
      quality: "auto",
      output_format: "jpeg",
      output_compression: 80,
    };
    expect(toGoogle.request(request, IMAGEN)).toEqual({
      body: {
        instances: [{ prompt: "a cat" }],
        parameters: {
          sampleCount: 2,
          aspectRatio: "1:1",
          outputOptions: { mimeType: "image/jpeg", compressionQuality: 80 },
        },
      },
      losses: [],
    });
  });

  test("one image is one, where Imagen would make four", () => {
    const { body } = toGoogle.request({ model: "m", prompt: "a cat" }, IMAGEN);
    expect(body["parameters"]).toEqual({ sampleCount: 1 });
  });

  test("as that of a Gemini model that draws, with what that cannot do named", () => {
    expect(toGoogle.action(DRAWS)).toBe("generateContent");
    const request = {
      model: "m",
      prompt: "a cat",
      n: 3,
      size: "1536x1024",
      style: "vivid",
      user: "u",
      output_format: "webp",
    };
    const { body, losses } = toGoogle.request(request, DRAWS);
    expect(body).toEqual({
      contents: [{ role: "user", parts: [{ text: "a cat" }] }],
      generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "3:2" } },
    });
    expect(fields(losses).sort()).toEqual([
      "n dropped",
      "output_format dropped",
      "size approximated",
      "style dropped",
      "user dropped",
    ]);
  });

  test("a large size is Google's larger one, a strange one the nearest ratio", () => {
    const { body, losses } = toGoogle.request({ model: "m", prompt: "p", size: "2048x2048" }, IMAGEN);
    expect(body["parameters"]).toMatchObject({ aspectRatio: "1:1", sampleImageSize: "2K" });
    expect(fields(losses)).toEqual(["size approximated"]);
    const wide = toGoogle.request({ model: "m", prompt: "p", size: "1792x1024" }, IMAGEN);
    expect(wide.body["parameters"]).toMatchObject({ aspectRatio: "16:9" });
  });

  test("what is none is refused by name", () => {
    expect(() => toGoogle.request({ model: "m" }, IMAGEN)).toThrow("prompt is required");
    expect(() => toGoogle.request({ prompt: "p", size: "big" }, IMAGEN)).toThrow("size must be");
  });
});

describe("Google's answer", () => {
  const predictions = [
    { bytesBase64Encoded: "aGk=", mimeType: "image/jpeg", prompt: "a better cat" },
    { bytesBase64Encoded: "aG8=", mimeType: "image/jpeg" },
  ];

  test("of Imagen as OpenAI's", () => {
    expect(toGoogle.answer({ predictions }, target())).toEqual({
      created: 7,
      output_format: "jpeg",
      data: [{ b64_json: "aGk=", revised_prompt: "a better cat" }, { b64_json: "aG8=" }],
    });
  });

  test("a client that wants an address gets one that holds the image", () => {
    const { losses } = toGoogle.request({ prompt: "p", response_format: "url" }, IMAGEN);
    expect(fields(losses)).toEqual(["response_format approximated"]);
    expect(toGoogle.answer({ predictions: predictions.slice(1) }, target({ response_format: "url" }))).toMatchObject({
      data: [{ url: "data:image/jpeg;base64,aG8=" }],
    });
  });

  const drawn = {
    candidates: [
      {
        content: {
          parts: [
            { inlineData: { mimeType: "image/png", data: "dGhpbms=" }, thought: true },
            { text: "Here it is." },
            { inlineData: { mimeType: "image/png", data: "aGk=" } },
          ],
        },
        finishReason: "STOP",
      },
    ],
    usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1290 },
  };

  test("of a model that draws, without its thoughts, with what it used", () => {
    expect(toGoogle.answer(drawn, target())).toEqual({
      created: 7,
      output_format: "png",
      data: [{ b64_json: "aGk=" }],
      usage: {
        input_tokens: 4,
        output_tokens: 1290,
        total_tokens: 1294,
        input_tokens_details: { text_tokens: 4, image_tokens: 0 },
      },
    });
  });

  test("a client that streams gets the one event of the end", () => {
    const [frame, ...others] = toGoogle.stream(drawn, target({ size: "1024x1024" })) ?? [];
    expect(others).toEqual([]);
    expect(frame).toMatchObject({ event: "image_generation.completed" });
    expect(JSON.parse(frame !== undefined && "data" in frame ? frame.data : "")).toMatchObject({
      type: "image_generation.completed",
      b64_json: "aGk=",
      created_at: 7,
      size: "1024x1024",
      usage: { total_tokens: 1294 },
    });
  });

  test.each([
    [{ predictions: [{ raiFilteredReason: "violates the policy" }] }, "violates the policy"],
    [{}, "filters"],
    [{ promptFeedback: { blockReason: "PROHIBITED_CONTENT" } }, "PROHIBITED_CONTENT"],
    [{ candidates: [{ finishReason: "IMAGE_SAFETY" }] }, "IMAGE_SAFETY"],
  ])("a filter's refusal is one of OpenAI's kind: %p", (wire: JsonObject, reason) => {
    const refused = {
      status: 400,
      message: expect.stringContaining(reason) as unknown,
      upstream: expect.objectContaining({ code: "moderation_blocked" }) as unknown,
    };
    expect(() => toGoogle.answer(wire, target())).toThrow(expect.objectContaining(refused));
  });
});

describe("Google's request", () => {
  const toOpenAI = between("gemini", "openai");

  test("of Imagen as OpenAI's, and its answer back", () => {
    const parameters = {
      sampleCount: 2,
      aspectRatio: "16:9",
      negativePrompt: "dogs",
      outputOptions: { mimeType: "image/png" },
    };
    const { body, losses } = toOpenAI.request({ instances: [{ prompt: "a cat" }], parameters }, "gpt-image-1");
    expect(body).toEqual({ model: "gpt-image-1", prompt: "a cat", n: 2, size: "1536x1024", output_format: "png" });
    expect(fields(losses)).toEqual(["parameters.negativePrompt dropped", "aspectRatio approximated"]);
    const wire = { created: 1, data: [{ b64_json: "aGk=", revised_prompt: "better" }], output_format: "png" };
    expect(toOpenAI.answer(wire, target())).toEqual({
      predictions: [{ bytesBase64Encoded: "aGk=", mimeType: "image/png", prompt: "better" }],
    });
  });

  test("models that would give an address are asked for the image", () => {
    const { body } = toOpenAI.request({ instances: [{ prompt: "a cat" }] }, "dall-e-3");
    expect(body).toMatchObject({ response_format: "b64_json" });
    expect(toOpenAI.answer({ data: [{ url: "https://example.com/a.png" }] }, target())).toBeUndefined();
  });
});

/** Format: Model Studio's "Qwen - text-to-image API reference". */
test("OpenAI's request and answer over DashScope, which gives addresses", () => {
  const conversion = between("openai", "dashscope");
  const request = { model: "m", prompt: "a cat", n: 1, size: "1328x1328", response_format: "url" };
  expect(conversion.request(request, "qwen-image-plus")).toEqual({
    body: {
      model: "qwen-image-plus",
      input: { messages: [{ role: "user", content: [{ text: "a cat" }] }] },
      parameters: { n: 1, size: "1328*1328", watermark: false },
    },
    losses: [],
  });
  const { losses } = conversion.request({ prompt: "a cat", response_format: "b64_json" }, "qwen-image-plus");
  expect(fields(losses)).toEqual(["response_format approximated"]);
  const image = "https://example.com/a.png?Expires=1";
  const wire = {
    output: { choices: [{ finish_reason: "stop", message: { role: "assistant", content: [{ image }] } }] },
    usage: { image_count: 1, width: 1328, height: 1328 },
    request_id: "r",
  };
  expect(conversion.answer(wire, target())).toEqual({ created: 7, output_format: "png", data: [{ url: image }] });
  expect(conversion.answer({ output: {} }, target())).toBeUndefined();
  const wide = between("gemini", "dashscope").request(
    { instances: [{ prompt: "a cat" }], parameters: { aspectRatio: "16:9" } },
    "qwen-image",
  );
  expect(wide.body["parameters"]).toMatchObject({ size: "1328*752" });
});

/** Format: MiniMax' "Text to Image Generation". */
test("OpenAI's request and answer over MiniMax", () => {
  const conversion = between("openai", "minimax");
  const sized = conversion.request({ prompt: "a cat", n: 2, size: "1024x768" }, "image-01");
  expect(sized).toEqual({
    body: { model: "image-01", prompt: "a cat", response_format: "base64", n: 2, width: 1024, height: 768 },
    losses: [],
  });
  const wide = conversion.request({ prompt: "a cat", size: "4096x2304", response_format: "url" }, "image-01");
  expect(wide.body).toMatchObject({ aspect_ratio: "16:9", response_format: "url" });
  expect(fields(wide.losses)).toEqual(["size approximated"]);
  const base = { status_code: 0, status_msg: "success" };
  expect(conversion.answer({ data: { image_base64: ["aGk="] }, base_resp: base }, target())).toMatchObject({
    data: [{ b64_json: "aGk=" }],
  });
  expect(
    conversion.answer({ data: { image_urls: ["https://example.com/a"] }, base_resp: base }, target()),
  ).toMatchObject({
    data: [{ url: "https://example.com/a" }],
  });
  const blocked = { base_resp: { status_code: 1026, status_msg: "sensitive content" } };
  expect(() => conversion.answer(blocked, target())).toThrow(expect.objectContaining({ status: 400 }));
});

test("a ratio is found again from a size that has it", () => {
  const ratios = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"];
  assert(
    property(constantFrom(...ratios), integer({ min: 20, max: 400 }), (ratio, scale) => {
      const [width = 1, height = 1] = ratio.split(":").map(Number);
      expect(nearestRatio({ width: width * scale, height: height * scale, exact: true }, ratios)).toEqual({
        ratio,
        same: true,
      });
      expect(nearestRatio(sizeOfRatio(ratio) ?? { width: 1, height: 1, exact: true }, ratios).ratio).toBe(ratio);
    }),
  );
  expect(sizeOfRatio("0:1")).toBeUndefined();
  expect(sizeOfRatio("wide")).toBeUndefined();
});
