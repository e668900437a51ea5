/** `/v1/responses/{id}` and below for the answers that the gateway keeps. Format: the `openai` package's `resources/responses`. */
import { Fault } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import { pageOf } from "./page.ts";
import type { StoredAnswer, StoredAnswers } from "./stored-answers.ts";

/** A request about one object. */
export interface ObjectRequest {
  readonly method: string;
  readonly consumer: string | undefined;
  readonly id: string;
  /** The segments behind the id. */
  readonly below: readonly string[];
  readonly search: string;
  readonly body: JsonObject;
}

type Handler = (answer: StoredAnswer, request: ObjectRequest, answers: StoredAnswers) => Promise<JsonObject>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  "GET ": async ({ response }, { search }) => {
    if (new URLSearchParams(search).get("stream") !== "true") return response;
    throw new Fault("invalid_request", "Only answers made in the background can be streamed again.", {
      param: "stream",
    });
  },
  "DELETE ": async (_, { consumer, id }, answers) => {
    await answers.delete(consumer, id);
    return { id, object: "response", deleted: true };
  },
  "GET input_items": async ({ input }, { search }) => pageOf(input, search),
  "POST cancel": async () => {
    throw new Fault("invalid_request", "Only answers made in the background can be cancelled.");
  },
};

/** Answers a request about an answer the gateway keeps; undefined when it keeps none of that id. */
export async function answersApi(answers: StoredAnswers, request: ObjectRequest): Promise<JsonObject | undefined> {
  const answer = await answers.get(request.consumer, request.id);
  if (answer === undefined) return undefined;
  const handle = HANDLERS[`${request.method} ${request.below.join("/")}`];
  if (handle === undefined) throw nothingThere(request);
  return handle(answer, request, answers);
}

/** The fault of a path or method that an object of ours has not. */
export function nothingThere({ method, below }: ObjectRequest): Fault {
  return new Fault(
    "api_not_supported",
    `There is no ${method} of ${["an object", ...below].join("/")} that the gateway keeps.`,
  );
}
