import { describe, expect, test } from "bun:test";
import type { ApiName } from "#src/core/api.ts";
import { apiOf, protocolOf } from "#src/protocols/api-paths.ts";

const PATHS: readonly (readonly [path: string, api: ApiName, rest?: string, id?: string])[] = [
  ["/v1/chat/completions", "chat"],
  ["/team/chat/completions", "chat"],
  ["/v1/messages", "chat"],
  ["/v1/responses", "chat"],
  ["/v1/messages/count_tokens", "count-tokens"],
  ["/v1/messages/batches", "message-batches"],
  ["/v1/messages/batches/b1/results", "message-batches", "/b1/results", "b1"],
  ["/v1/complete", "complete"],
  ["/v1/completions", "completions"],
  ["/v1/embeddings", "embeddings"],
  ["/v2/embed", "embeddings"],
  ["/v1/audio/speech", "speech"],
  ["/v1/audio/transcriptions", "transcription"],
  ["/v1/audio/translations", "translation"],
  ["/v1/images/generations", "image-generation"],
  ["/v1/images/edits", "image-edit"],
  ["/v1/images/variations", "image-variation"],
  ["/v1/moderations", "moderations"],
  ["/v1/rerank", "rerank"],
  ["/v2/rerank", "rerank"],
  ["/v1/reranks", "rerank"],
  ["/v1/realtime", "realtime"],
  ["/v1/realtime/client_secrets", "realtime", "/client_secrets", "client_secrets"],
  ["/v1/responses/resp_1/cancel", "responses", "/resp_1/cancel", "resp_1"],
  ["/v1/files", "files"],
  ["/v1/files/file-1/content", "files", "/file-1/content", "file-1"],
  ["/v1/batches/b1/cancel", "batches", "/b1/cancel", "b1"],
  ["/v1/fine_tuning/jobs", "fine-tuning", "/jobs", ""],
  ["/v1/fine_tuning/jobs/ft1/events", "fine-tuning", "/jobs/ft1/events", "ft1"],
  ["/v1/videos/v1/remix", "videos", "/v1/remix", "v1"],
  ["/v1/vector_stores/vs/files/f", "vector-stores", "/vs/files/f", "vs"],
  ["/v1/uploads/u/parts", "uploads", "/u/parts", "u"],
  ["/v1/conversations/c", "conversations", "/c", "c"],
  ["/v1beta/operations/op", "operations", "/op", "op"],
  ["/v1beta/models/veo-3/operations/op", "operations", "/models/veo-3/operations/op", "op"],
  ["/upload/v1beta/files", "files"],
  ["/v1beta/cachedContents/cc", "cached-contents", "/cc", "cc"],
  ["/api/v1/services/aigc/text2image/image-synthesis", "aigc", "/text2image/image-synthesis", "text2image"],
  ["/api/v1/tasks/t", "tasks", "/t", "t"],
];

describe("paths of Bedrock's runtime", () => {
  test.each(["converse", "converse-stream", "invoke", "invoke-with-response-stream", "count-tokens"])(
    "%s",
    (action) => {
      const model = "arn:aws:bedrock:us-east-1:1:inference-profile/x";
      for (const prefix of ["", "/prefix"]) {
        const call = apiOf(`${prefix}/model/${encodeURIComponent(model)}/${action}`);
        expect(call).toEqual({ api: "bedrock-runtime", method: "POST", shape: "bedrock", model, action });
      }
    },
  );

  test("a colon may stand as it is, and no other action is known", () => {
    expect(apiOf("/model/amazon.nova-pro-v1:0/converse")?.model).toBe("amazon.nova-pro-v1:0");
    expect(apiOf("/model/m/delete")).toBeUndefined();
    expect(apiOf("/model/a/b/converse")).toBeUndefined();
  });
});

test.each([
  ["/v2/chat", "cohere-chat", "v2/chat"],
  ["/v1/chat", "cohere-chat", "v1/chat"],
  ["/v2/embed", "embeddings", undefined],
  ["/v1/embed", "embeddings", "v1/embed"],
  ["/v2/rerank", "rerank", undefined],
  ["/v1/rerank", "rerank", "v1/rerank"],
])("Cohere's %s is %s", (path, api, action) => {
  for (const prefix of ["", "/prefix"]) expect(apiOf(prefix + path)).toMatchObject({ api, shape: "cohere" });
  expect(apiOf(path)?.action).toBe(action as string);
});

describe("paths", () => {
  for (const [path, api, rest, id] of PATHS) {
    test(`${path} is ${api}`, () => {
      for (const prefix of ["", "/prefix"]) {
        const call = apiOf(prefix + path);
        expect(call?.api).toBe(api);
        expect(call?.rest).toBe(rest);
        expect(call?.id).toBe(id);
      }
    });
  }

  test.each([
    ["generateContent", "chat"],
    ["streamGenerateContent", "chat"],
    ["countTokens", "count-tokens"],
    ["embedContent", "embeddings"],
    ["batchEmbedContents", "embeddings"],
  ] as const)("Gemini's %s is %s", (action, api) => {
    const call = apiOf(`/v1beta/models/tuned%2Fone:${action}`);
    expect(call).toEqual({ api, protocol: "gemini", method: "POST", shape: "gemini", model: "tuned/one", action });
    expect(apiOf(`/v1/projects/p/locations/l/publishers/google/models/m:${action}`)?.model).toBe("m");
  });

  test("a model of Gemini's that does not stand below models", () => {
    expect(apiOf("/v1beta/tunedModels/t:generateContent")?.model).toBe("tunedModels/t");
    expect(apiOf("/prefix/v1beta/provider/m:streamGenerateContent")?.model).toBe("provider/m");
    expect(apiOf("/v1beta:generateContent")).toBeUndefined();
    expect(apiOf("/other/m:generateContent")).toBeUndefined();
  });

  test("Google's uploads are told from its other files", () => {
    expect(apiOf("/team/upload/v1beta/files")).toMatchObject({ api: "files", protocol: "gemini", upload: true });
    expect(apiOf("/team/v1beta/files")).not.toHaveProperty("upload");
  });

  test("a model's id may hold slashes and colons", () => {
    expect(apiOf("/v1/models/org/name:free")).toEqual({ api: "models", method: "GET", id: "org/name:free" });
    expect(apiOf("/v1beta/models")).toEqual({ api: "models", method: "GET" });
  });

  test("what only begins like a path is another", () => {
    expect(apiOf("/v1/filesystem")).toBeUndefined();
    expect(apiOf("/v1/containers/c")).toBeUndefined();
    expect(apiOf("/v1beta/models/m:unknown")?.api).toBe("models");
  });
});

test("errors are told in the client's protocol", () => {
  expect(protocolOf("/v1/files", new Headers({ "anthropic-version": "2023-06-01" }))).toBe("anthropic-messages");
  expect(protocolOf("/v1/files", new Headers())).toBe("openai-chat");
  expect(protocolOf("/v1beta/corpora", new Headers())).toBe("gemini");
  expect(protocolOf("/v1/models", new Headers({ "x-goog-api-key": "k" }))).toBe("gemini");
  expect(protocolOf("/v1/messages/batches", new Headers())).toBe("anthropic-messages");
});
