import { expect, test } from "bun:test";
import { REGISTRY_TYPES } from "#config/model/registries.ts";
import { REGISTRY_KINDS } from "#config/registries/kinds.ts";
import { errorsOf } from "../load.ts";

const PAGE = await Bun.file(new URL("../../../docs/registries.md", import.meta.url)).text();

test("every example of the page loads", () => {
  const examples = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
  expect(examples.length).toBeGreaterThan(4);
  expect(examples.flatMap((text) => errorsOf(text))).toEqual([]);
});

test("the page has every type, and every type is run", () => {
  for (const type of REGISTRY_TYPES) expect(PAGE).toContain(`\`${type}\``);
  expect(REGISTRY_TYPES.filter((type) => !REGISTRY_KINDS.has(type))).toEqual([]);
});
