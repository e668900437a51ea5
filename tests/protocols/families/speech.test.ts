/** OpenAI's speech (createSpeech) by Gemini's models that speak (ai.google.dev: speech generation). */
import { describe, expect, test } from "bun:test";
import { familyConversion } from "#src/protocols/families/convert.ts";
import { MediaAnswer } from "#src/protocols/families/family-codec.ts";

const conversion = familyConversion("speech", "openai", "gemini");
if (conversion === undefined) throw new Error("no conversion");

const SAMPLES = Uint8Array.of(1, 0, 255, 127);
const answer = (mimeType = "audio/L16;codec=pcm;rate=24000") => ({
  candidates: [{ content: { parts: [{ inlineData: { mimeType, data: SAMPLES.toBase64() } }] } }],
});
const target = (format?: string) => ({
  model: "m",
  created: 0,
  request: format === undefined ? {} : { response_format: format },
});

test("a request, with the voice that Google has in place of OpenAI's", () => {
  const request = {
    model: "m",
    input: "Hello",
    voice: "alloy",
    instructions: "Whisper",
    response_format: "mp3",
    speed: 1.5,
  };
  const { body, losses } = conversion.request(request, "gemini-2.5-flash-preview-tts");
  expect(conversion.action("gemini-2.5-flash-preview-tts")).toBe("generateContent");
  expect(body).toEqual({
    contents: [{ role: "user", parts: [{ text: "Whisper: Hello" }] }],
    generationConfig: {
      responseModalities: ["AUDIO"],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
    },
  });
  expect(losses.map(({ field, kind }) => `${field} ${kind}`)).toEqual([
    "response_format approximated",
    "speed dropped",
    "voice approximated",
    "instructions approximated",
  ]);
});

test("nothing is lost of what Google has", () => {
  const { body, losses } = conversion.request({ input: "Hi", voice: "Puck", response_format: "wav", speed: 1 }, "m");
  expect(JSON.stringify(body)).toContain('"voiceName":"Puck"');
  expect(losses).toEqual([]);
});

test("samples as they are, or in a WAV file with a right head", () => {
  const raw = conversion.answer(answer(), target("pcm"));
  expect(raw).toEqual(new MediaAnswer("audio/pcm", SAMPLES));
  const file = conversion.answer(answer("audio/L16;codec=pcm;rate=16000"), target());
  if (!(file instanceof MediaAnswer)) throw new Error("no sound");
  expect(file.contentType).toBe("audio/wav");
  const view = new DataView(file.bytes.buffer);
  const text = new TextDecoder("latin1").decode(file.bytes);
  expect([text.slice(0, 4), text.slice(8, 16), text.slice(36, 40)]).toEqual(["RIFF", "WAVEfmt ", "data"]);
  expect(view.getUint32(4, true)).toBe(file.bytes.length - 8);
  expect([20, 22, 32, 34].map((at) => view.getUint16(at, true))).toEqual([1, 1, 2, 16]);
  expect([view.getUint32(24, true), view.getUint32(28, true)]).toEqual([16_000, 32_000]);
  expect(view.getUint32(40, true)).toBe(SAMPLES.length);
  expect(file.bytes.slice(44)).toEqual(SAMPLES);
});

/** Format: MiniMax' "T2A v2" by HTTP; the sound is hexadecimal. */
describe("by MiniMax", () => {
  const toMinimax = familyConversion("speech", "openai", "minimax");
  if (toMinimax === undefined) throw new Error("no conversion");

  test("a request", () => {
    const request = { model: "m", input: "Hello", voice: "Wise_Woman", response_format: "mp3", speed: 1.2 };
    expect(toMinimax.request(request, "speech-02-hd")).toEqual({
      body: {
        model: "speech-02-hd",
        text: "Hello",
        stream: false,
        voice_setting: { voice_id: "Wise_Woman", speed: 1.2 },
        audio_setting: { format: "mp3", sample_rate: 24_000, channel: 1 },
      },
      losses: [],
    });
    const other = { input: "Hello", voice: "nova", response_format: "opus", speed: 4, instructions: "Whisper" };
    const { body, losses } = toMinimax.request(other, "speech-02-hd");
    expect(body).toMatchObject({ voice_setting: { speed: 2 }, audio_setting: { format: "mp3" } });
    expect(losses.map(({ field, kind }) => `${field} ${kind}`)).toEqual([
      "instructions dropped",
      "voice approximated",
      "response_format approximated",
      "speed approximated",
    ]);
  });

  test("an answer, and a refusal that comes as one", () => {
    const wire = {
      data: { audio: "4944330A", status: 2 },
      extra_info: { audio_format: "mp3", audio_sample_rate: 24_000 },
      base_resp: { status_code: 0, status_msg: "success" },
    };
    expect(toMinimax.answer(wire, target())).toEqual(
      new MediaAnswer("audio/mpeg", Uint8Array.of(0x49, 0x44, 0x33, 0x0a)),
    );
    expect(toMinimax.answer({ ...wire, data: { audio: "no hex" } }, target())).toBeUndefined();
    const refused = { base_resp: { status_code: 1008, status_msg: "insufficient balance" } };
    expect(() => toMinimax.answer(refused, target())).toThrow(
      expect.objectContaining({ status: 402, message: "insufficient balance" }),
    );
  });
});

test("an answer without a sound is none", () => {
  expect(conversion.answer({ candidates: [{ content: { parts: [{ text: "no" }] } }] }, target())).toBeUndefined();
  expect(conversion.answer(answer("audio/mpeg"), target())).toBeUndefined();
  expect(conversion.answer({}, target())).toBeUndefined();
});
