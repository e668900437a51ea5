import { describe, expect, test } from "bun:test";
import { assert, property, string } from "fast-check";
import { type ReferenceScope, resolvePath, resolveReferences } from "#config/references.ts";

const scope: ReferenceScope = {
  env: { KEY: "k", EMPTY: "", TRICKY: "${env:KEY}" },
  file: "conf/gateway.yaml",
  readFile(path) {
    if (path === "conf/token") return "t0ken\r\n\n";
    if (path === "/run/empty") return "\n";
    throw Object.assign(new Error("secret detail"), { code: path === "conf/locked" ? "EACCES" : "ENOENT" });
  },
};

/** The text, or the problem in angle brackets. */
function resolved(text: string): string {
  const resolution = resolveReferences(text, scope);
  return "text" in resolution ? resolution.text : `<${resolution.problem}>`;
}

describe("a reference", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["plain", "plain"],
    ["${env:KEY}", "k"],
    ["a${env:KEY}b${env:KEY}", "akbk"],
    ["${env:NONE:-d}", "d"],
    ["${env:EMPTY:-d}", "d"],
    ["${env:EMPTY}", ""],
    ["${env:NONE:-}", ""],
    ["${env:KEY:-d}", "k"],
    ["${env:NONE:-${env:KEY}}", "k"],
    ["${env:NONE:-a${env:KEY:-x}b}c", "akbc"],
    ["${env:KEY:-${env:NONE}}!", "k!"],
    ["${env:NONE:-a:-b}", "a:-b"],
    ["${env:TRICKY}", "${env:KEY}"],
    ["${file:token}", "t0ken"],
    ["${file:/run/empty}", ""],
    ["Bearer ${file:token}", "Bearer t0ken"],
    ["$${env:KEY}", "${env:KEY}"],
    ["$$${env:KEY}", "$${env:KEY}"],
    ["${env:NONE:-$${x}", "${x"],
    ["$ { } $1 }", "$ { } $1 }"],
    ["${env:NONE}", "<environment variable NONE is not set>"],
    ["${env:toString}", "<environment variable toString is not set>"],
    ["${env:}", "<this is no name of an environment variable>"],
    ["${env:sk-123}", "<this is no name of an environment variable>"],
    ["${KEY}", "<unknown reference>"],
    ["${env:KEY", "<a reference is not closed>"],
    ["${env:NONE:-x", "<a reference is not closed>"],
    ["${env:KEY:-x", "<a reference is not closed>"],
    ["${file:}", "<a file reference names no file>"],
    ["${file:none}", "<file conf/none does not exist>"],
    ["${file:locked}", "<file conf/locked may not be read by this user>"],
  ];
  test.each(cases)("%s", (text, expected) => expect(resolved(text)).toBe(expected));

  test("has a limit on nesting", () => {
    const nested = (depth: number): string => "${env:NONE:-".repeat(depth) + "}".repeat(depth);
    expect(resolved(nested(8))).toBe("");
    expect(resolved(nested(9))).toBe("<references are nested too deeply>");
    expect(resolved(nested(50_000))).toBe("<references are nested too deeply>");
  });

  test("tells whether there was one", () => {
    expect(resolveReferences("$${x", scope)).toEqual({ text: "${x", referenced: false });
    expect(resolveReferences("${env:NONE:-d}", scope)).toEqual({ text: "d", referenced: true });
  });
});

test("a text with its references escaped stands for itself", () => {
  assert(
    property(string({ unit: "binary" }), string(), (before, after) => {
      const text = `${before}\${${after}`;
      // A dollar sign right before one would join it.
      if (before.endsWith("$") || text.includes("$$")) return;
      expect(resolved(text.replaceAll("${", () => "$${"))).toBe(text);
    }),
  );
});

test("what a variable holds is put in whole", () => {
  assert(
    property(string(), string(), string(), (before, value, after) => {
      const text = `${before.replaceAll("$", "")}\${env:V}${after.replaceAll("$", "")}`;
      expect(resolveReferences(text, { ...scope, env: { V: value } })).toEqual({
        text: before.replaceAll("$", "") + value + after.replaceAll("$", ""),
        referenced: true,
      });
    }),
  );
});

test("never throws", () => {
  assert(property(string(), (text) => void resolveReferences(`\${${text}`, scope)));
});

test("paths start from the folder of the file", () => {
  expect(resolvePath("conf/gateway.yaml", "a.pem")).toBe("conf/a.pem");
  expect(resolvePath("gateway.yaml", "a.pem")).toBe("a.pem");
  expect(resolvePath("/etc/sluice.yaml", "../a.pem")).toBe("/etc/../a.pem");
  expect(resolvePath("conf/gateway.yaml", "/a.pem")).toBe("/a.pem");
  expect(resolvePath("C:\\conf\\gateway.yaml", "a.pem")).toBe("C:\\conf\\a.pem");
  expect(resolvePath("conf/gateway.yaml", "D:\\a.pem")).toBe("D:\\a.pem");
});
