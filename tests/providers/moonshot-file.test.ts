import { expect, test } from "bun:test";
import { moonshot } from "#providers/moonshot.ts";
import { openProviderStage, SECRETS } from "#tests/contracts/provider-stage.ts";

/** What Moonshot answers for a file's content: the text it took from the file. Format: platform.moonshot.cn, "Files", get file content. */
const CONTENT = '{"content":"Opening hours: 9 to 5.","file_type":"text/plain","filename":"hours.txt","type":"file"}';

const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "kimi-k2.5",
  choices: [{ index: 0, message: { role: "assistant", content: "At nine." }, finish_reason: "stop" }],
};

function chat(stage: Awaited<ReturnType<typeof openProviderStage>>): Promise<Response> {
  const messages = [{ role: "user", content: "When do you open?" }];
  return stage.ask("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "kimi-k2.5", messages }),
  });
}

test("a file at Moonshot is read once, with the provider's key, and told to the model with each chat", async () => {
  const stage = await openProviderStage(moonshot, { options: { moonshotFileId: "file-1" } }, ({ method }) =>
    method === "GET" ? new Response(CONTENT) : Response.json(ANSWER),
  );
  expect((await chat(stage)).status).toBe(200);
  expect((await chat(stage)).status).toBe(200);
  const [file, first, second, ...others] = stage.asked;
  expect(others).toEqual([]);
  expect(file?.url).toBe("https://api.moonshot.cn/v1/files/file-1/content");
  expect(file?.headers.get("authorization")).toBe(`Bearer ${SECRETS[0]}`);
  for (const asked of [first, second]) {
    expect(JSON.parse(asked?.body ?? "")).toMatchObject({
      messages: [
        { role: "system", content: CONTENT },
        { role: "user", content: "When do you open?" },
      ],
    });
  }
  await stage.close();
});

test("a file that Moonshot does not have is told of, without a key", async () => {
  const stage = await openProviderStage(moonshot, { options: { moonshotFileId: "file-1" } }, ({ method }) =>
    method === "GET" ? new Response("no such file", { status: 404 }) : Response.json(ANSWER),
  );
  const response = await chat(stage);
  expect(response.status).toBe(502);
  const text = await response.text();
  expect(text).toContain("The context file of the provider 'mine' is missing");
  for (const secret of SECRETS) expect(text).not.toContain(secret);
  await stage.close();
});
