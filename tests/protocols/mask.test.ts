import { expect, test } from "bun:test";
import { mask } from "#src/protocols/mask.ts";

test.each([
  "sk-proj-abcdefgh12345678",
  "sk-ant-api03-abcdefgh12345678",
  "Bearer abc.def",
  "gsk_abcdefgh12345678",
  "AIzaSyA-abcdefgh12345678",
  "0123456789abcdef0123456789abcdef01234567",
])("%s is not shown", (secret) => {
  expect(mask(`The key ${secret} is wrong.`)).not.toContain(secret.slice(-6));
});

test("plain words stay", () => {
  const text =
    "messages.0.content: skateboards and keyboards must be strings, see https://example.com/docs/api-reference.";
  expect(mask(text)).toBe(text);
});

test("a long text is cut", () => {
  expect(mask("word ".repeat(1000)).length).toBeLessThan(2100);
});
