import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { PAGE, providersPage } from "./page.ts";

test("the page in docs is what the types have: otherwise `bun tests/providers/page.ts --update`", () => {
  expect(readFileSync(PAGE, "utf8")).toBe(providersPage());
});
