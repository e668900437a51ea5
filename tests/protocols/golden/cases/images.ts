import type {
  AnthropicRequest,
  GeminiRequest,
  GoldenCase,
  OpenaiChatRequest,
  OpenaiResponsesRequest,
} from "../case.ts";

const data = "aGVsbG8=";
const url = "https://example.com/cat.png";

/** An image as bytes, another by its URL, and a document. */
export const images: GoldenCase = {
  name: "images",
  requests: {
    "openai-chat": {
      model: "asked",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Compare." },
            { type: "image_url", image_url: { url: `data:image/png;base64,${data}`, detail: "low" } },
            { type: "image_url", image_url: { url } },
            { type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${data}` } },
          ],
        },
      ],
    } satisfies OpenaiChatRequest,
    "openai-responses": {
      model: "asked",
      store: false,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Compare." },
            { type: "input_image", image_url: `data:image/png;base64,${data}`, detail: "low" },
            { type: "input_image", image_url: url, detail: "auto" },
            { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${data}` },
          ],
        },
      ],
    } satisfies OpenaiResponsesRequest,
    "anthropic-messages": {
      model: "asked",
      max_tokens: 100,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Compare." },
            { type: "image", source: { type: "base64", media_type: "image/png", data } },
            { type: "image", source: { type: "url", url } },
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data },
              title: "a.pdf",
              cache_control: { type: "ephemeral" },
            },
          ],
        },
      ],
    } satisfies AnthropicRequest,
    gemini: {
      contents: [
        {
          role: "user",
          parts: [
            { text: "Compare." },
            { inlineData: { mimeType: "image/png", data } },
            { fileData: { mimeType: "image/png", fileUri: url } },
            { inlineData: { mimeType: "application/pdf", data } },
            { fileData: { mimeType: "video/mp4", fileUri: "gs://bucket/film.mp4" } },
          ],
        },
      ],
    } satisfies GeminiRequest,
  },
};
