import { afterAll, beforeAll, describe, expect, test } from "bun:test";

/** A gateway without configuration and keys, so that `echo` answers. `origin` has no trailing slash. */
export interface RunningGateway {
  readonly origin: string;
  stop(): Promise<unknown>;
}

const ASKED = "Is anybody there?";

interface Case {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  /** The text of a whole answer. */
  readonly text: (answer: never) => string;
  /** The text that one event of a stream adds, and the last line of a stream. */
  readonly delta: (event: never) => string | undefined;
  readonly last: string;
}

const messages = [{ role: "user", content: ASKED }];

const CASES: readonly Case[] = [
  {
    name: "chat completions",
    path: "/v1/chat/completions",
    body: { model: "any", messages },
    text: (answer: { choices: { message: { content: string } }[] }) => answer.choices[0]?.message.content ?? "",
    delta: (event: { choices: { delta: { content?: string } }[] }) => event.choices[0]?.delta.content,
    last: "data: [DONE]",
  },
  {
    name: "messages",
    path: "/v1/messages",
    body: { model: "any", max_tokens: 1000, messages },
    text: (answer: { content: { text: string }[] }) => answer.content[0]?.text ?? "",
    delta: (event: { delta?: { text?: string } }) => event.delta?.text,
    last: 'data: {"type":"message_stop"}',
  },
];

function post(origin: string, path: string, body: object | string): Promise<Response> {
  return fetch(origin + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** What must work wherever the gateway runs. */
export function smoke(name: string, start: () => Promise<RunningGateway>): void {
  describe(`smoke: ${name}`, () => {
    let gateway: RunningGateway | undefined;
    const origin = (): string => gateway?.origin ?? "";
    beforeAll(async () => {
      gateway = await start();
    }, 30_000);
    afterAll(() => gateway?.stop());

    for (const { name: api, path, body, text, delta, last } of CASES) {
      test(`${api}, whole`, async () => {
        const response = await post(origin(), path, body);
        expect(response.status).toBe(200);
        expect(response.headers.get("x-request-id")).not.toBeNull();
        expect(text((await response.json()) as never)).toContain(ASKED);
      });

      test(`${api}, streamed`, async () => {
        const response = await post(origin(), path, { ...body, stream: true });
        expect(response.headers.get("content-type")).toStartWith("text/event-stream");
        const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
        expect(lines.at(-1)).toBe(last);
        const events = lines
          .filter((line) => line !== "data: [DONE]")
          .map((line) => JSON.parse(line.slice(6)) as never);
        expect(events.map((event) => delta(event) ?? "").join("")).toContain(ASKED);
      });

      test(`${api}, not JSON`, async () => {
        const response = await post(origin(), path, "{");
        expect(response.status).toBe(400);
        expect(await response.json()).toHaveProperty("error.type", "invalid_request_error");
      });
    }

    test("the models are listed", async () => {
      const response = await fetch(`${origin()}/v1/models`);
      expect(response.status).toBe(200);
      expect(await response.json()).toHaveProperty("data");
    });

    test("a path nobody serves is a 404", async () => {
      expect((await fetch(`${origin()}/no/such/path`)).status).toBe(404);
    });
  });
}
