import { z } from "zod";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent } from "#src/core/chat.ts";
import { systemClock, type Clock } from "#src/core/clock.ts";
import type { Codec, ResponseTarget } from "#src/core/codec.ts";
import { Fault } from "#src/core/fault.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { ProtocolName } from "#src/core/protocol.ts";
import type { Provider, ProviderDefinition, ProviderSettings } from "#src/core/provider.ts";
import { formatSse } from "#src/core/sse.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { echoAnswer } from "./echo-answer.ts";
import { classify } from "./verdict.ts";

/** Never looked up: the echo provider answers itself. */
const ROOT = "http://echo.invalid";

const PATHS: Partial<Record<ProtocolName, string>> = {
  "openai-chat": "/v1/chat/completions",
  "anthropic-messages": "/v1/messages",
};

/** Answers without a model and without a network, and says so: for trying out. */
export const echo: ProviderDefinition = {
  type: "echo",
  fields: {
    echoDelay: z
      .int()
      .min(0)
      .max(60_000)
      .optional()
      .describe("Milliseconds between two pieces of a stream; 0 when left out."),
  },
  needsToken: false,
  configure: (settings) => configureEcho(settings, systemClock),
};

/** The echo provider on a clock of one's own. */
export function configureEcho({ id, options }: ProviderSettings, clock: Clock): Provider {
  const delay = Number(options["echoDelay"] ?? 0);
  return {
    id,
    type: "echo",
    protocols: ["openai-chat", "anthropic-messages"],
    keyless: true,
    dialect: () => ({}),
    url({ api, protocol }) {
      const path = api === "models" ? "/v1/models" : api === "chat" ? PATHS[protocol] : undefined;
      return path === undefined ? undefined : ROOT + path;
    },
    forwardHeaders: () => [],
    authorize() {},
    classify,
    limits: () => ({}),
    send: (request) => answer(request, delay, clock),
  };
}

async function answer(request: Request, delay: number, clock: Clock): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/v1/models") return Response.json(MODELS);
  const codec = pathname === PATHS["anthropic-messages"] ? anthropicMessages : openaiChat;
  const requestId = crypto.randomUUID();
  try {
    const chat = codec.request.decode(await bodyOf(request));
    const events = echoAnswer(chat);
    const target: ResponseTarget = {
      includeUsage: chat.includeUsage ?? false,
      now: () => clock.now(),
      id: () => crypto.randomUUID().replaceAll("-", ""),
    };
    if (!chat.stream) return Response.json(codec.response.encode(fold(events), target).value);
    const body = streamed(codec, events, target, { delay, clock, signal: request.signal });
    return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  } catch (thrown) {
    const fault = Fault.from(thrown);
    return Response.json(codec.error.encode(fault, requestId), { status: fault.status });
  }
}

/** A list that OpenAI's and Anthropic's clients both read. */
const MODELS: JsonObject = {
  object: "list",
  data: [
    {
      id: "echo",
      object: "model",
      type: "model",
      created: 0,
      created_at: "1970-01-01T00:00:00Z",
      owned_by: "sluice",
      display_name: "Echo",
    },
  ],
  has_more: false,
  first_id: "echo",
  last_id: "echo",
};

async function bodyOf(request: Request): Promise<JsonObject> {
  let body: unknown;
  try {
    body = await request.json();
  } catch {
    throw new Fault("invalid_request", "The request body is not valid JSON.");
  }
  if (!isObject(body)) throw new Fault("invalid_request", "The request body must be a JSON object.");
  return body;
}

interface Pace {
  readonly delay: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One event a pull, so that a slow reader holds the answer up rather than having it heaped before it. */
function streamed(codec: Codec, events: ChatEvent[], target: ResponseTarget, pace: Pace): ReadableStream<Uint8Array> {
  const encoder = codec.stream.encoder(target);
  const utf8 = new TextEncoder();
  const text = (frames: ReturnType<typeof encoder.end>): Uint8Array => utf8.encode(frames.map(formatSse).join(""));
  let next = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (pace.delay > 0 && next > 0) await pause(pace);
        if (pace.signal.aborted) return controller.error(pace.signal.reason);
        // An event may encode to nothing; the pull must enqueue or close.
        while (next < events.length) {
          const frames = encoder.step(events[next++]!);
          if (frames.length > 0) return controller.enqueue(text(frames));
        }
        const last = encoder.end();
        if (last.length > 0) controller.enqueue(text(last));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function pause({ delay, clock, signal }: Pace): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(delay, done);
    signal.addEventListener("abort", done);
  });
}
