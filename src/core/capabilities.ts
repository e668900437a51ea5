import type { ApiName, Shape } from "./api.ts";
import type { ClientProtocol } from "./protocol.ts";

/** What one of Higress' capability keys stands for among the calls a provider can get. */
export interface Capability {
  readonly api: ApiName;
  /** For chat: the protocol that is spoken there. */
  readonly protocol?: ClientProtocol;
  /** Of Gemini's two ways to ask for a chat. */
  readonly stream?: boolean;
  /** What follows the API's own path, `{…}` standing for one segment; none when left out. */
  readonly rest?: string;
  /** The vendor's own objects: only clients of OpenAI's protocols mean them. Requests of the other APIs are converted. */
  readonly openaiOnly?: boolean;
  /** The format of the request; `openai` when left out. */
  readonly shape?: Shape;
}

const OBJECTS = { openaiOnly: true } as const;
const JOB = "/jobs/{fine_tuning_job_id}";
const PERMISSIONS = "/checkpoints/{fine_tuned_model_checkpoint}/permissions";

/** Higress' capability keys (`{vendor}/{version}/{api}`). Paths: the vendors' API references. */
export const CAPABILITIES: ReadonlyMap<string, Capability> = new Map<string, Capability>(
  Object.entries({
    "openai/v1/chatcompletions": { api: "chat", protocol: "openai-chat" },
    "openai/v1/responses": { api: "chat", protocol: "openai-responses" },
    "anthropic/v1/messages": { api: "chat", protocol: "anthropic-messages" },
    "gemini/v1beta/generatecontent": { api: "chat", protocol: "gemini", stream: false },
    "gemini/v1beta/streamgeneratecontent": { api: "chat", protocol: "gemini", stream: true },
    "anthropic/v1/complete": { api: "complete", shape: "anthropic" },
    "openai/v1/completions": { api: "completions", ...OBJECTS },
    "openai/v1/embeddings": { api: "embeddings" },
    "openai/v1/imagegeneration": { api: "image-generation" },
    "openai/v1/imageedit": { api: "image-edit" },
    "openai/v1/imagevariation": { api: "image-variation" },
    "openai/v1/audiospeech": { api: "speech" },
    "openai/v1/audiotranscription": { api: "transcription" },
    "openai/v1/audiotranslation": { api: "translation" },
    "openai/v1/realtime": { api: "realtime" },
    "openai/v1/models": { api: "models" },
    "openai/v1/files": { api: "files", ...OBJECTS },
    "openai/v1/retrievefile": { api: "files", rest: "/{file_id}", ...OBJECTS },
    "openai/v1/retrievefilecontent": { api: "files", rest: "/{file_id}/content", ...OBJECTS },
    "openai/v1/batches": { api: "batches", ...OBJECTS },
    "openai/v1/retrievebatch": { api: "batches", rest: "/{batch_id}", ...OBJECTS },
    "openai/v1/cancelbatch": { api: "batches", rest: "/{batch_id}/cancel", ...OBJECTS },
    "openai/v1/fine-tuningjobs": { api: "fine-tuning", rest: "/jobs", ...OBJECTS },
    "openai/v1/retrievefine-tuningjob": { api: "fine-tuning", rest: JOB, ...OBJECTS },
    "openai/v1/fine-tuningjobsevents": { api: "fine-tuning", rest: `${JOB}/events`, ...OBJECTS },
    "openai/v1/fine-tuningjobcheckpoints": { api: "fine-tuning", rest: `${JOB}/checkpoints`, ...OBJECTS },
    "openai/v1/cancelfine-tuningjob": { api: "fine-tuning", rest: `${JOB}/cancel`, ...OBJECTS },
    "openai/v1/resumefine-tuningjob": { api: "fine-tuning", rest: `${JOB}/resume`, ...OBJECTS },
    "openai/v1/pausefine-tuningjob": { api: "fine-tuning", rest: `${JOB}/pause`, ...OBJECTS },
    "openai/v1/fine-tuningjobcheckpointpermissions": { api: "fine-tuning", rest: PERMISSIONS, ...OBJECTS },
    "openai/v1/deletefine-tuningjobcheckpointpermission": {
      api: "fine-tuning",
      rest: `${PERMISSIONS}/{permission_id}`,
      ...OBJECTS,
    },
    "openai/v1/videos": { api: "videos", ...OBJECTS },
    "openai/v1/retrievevideo": { api: "videos", rest: "/{video_id}", ...OBJECTS },
    "openai/v1/videoremix": { api: "videos", rest: "/{video_id}/remix", ...OBJECTS },
    "openai/v1/retrievevideocontent": { api: "videos", rest: "/{video_id}/content", ...OBJECTS },
    "cohere/v1/rerank": { api: "rerank", shape: "cohere" },
    "qwen/v1/rerank": { api: "rerank" },
    "qwen/v1/conversations": { api: "conversations", ...OBJECTS },
    "qwen/v1/services/aigc": { api: "aigc", shape: "dashscope" },
    "qwen/v1/tasks": { api: "tasks", shape: "dashscope" },
  } satisfies Readonly<Record<string, Capability>>),
);
