import { describe, expect, test } from "bun:test";
import { FormScanner } from "#src/core/form-scanner.ts";

function scanned(field: string, disposition: string): string | undefined {
  const scanner = new FormScanner("B", field);
  scanner.push(new TextEncoder().encode(`--B\r\nContent-Disposition: ${disposition}\r\n\r\nvalue\r\n--B--\r\n`));
  return scanner.place?.value;
}

describe("a form's field", () => {
  test.each([
    ["engine", 'form-data; name="engine"', "value"],
    ["engine", "form-data; name=engine", "value"],
    ["engine", 'form-data; name="model"', undefined],
    ["a.b", 'form-data; name="a.b"', "value"],
    ["a.b", 'form-data; name="axb"', undefined],
    ["a]", 'form-data; name="a]"', "value"],
  ])("%p is looked for in %p", (field, disposition, value) => {
    expect(scanned(field, disposition)).toBe(value);
  });
});
