import { describe, expect, test } from "bun:test";
import { fillTemplates } from "#config/kubernetes/higress/templates.ts";
import type { Finding } from "#config/kubernetes/translator.ts";
import { lookupOf } from "../../../support/kubernetes.ts";

const OBJECTS = `
apiVersion: v1
kind: Secret
metadata: { name: keys, namespace: team }
data: { key: c2VjcmV0LW9uZQ==, "dotted.name": dHdv }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: words, namespace: higress-system }
data: { greeting: hello, "quote": 'a "b"' }
`;

function filled(value: unknown): { value: unknown; findings: Finding[]; asked: readonly string[] } {
  const lookup = lookupOf(OBJECTS);
  const findings: Finding[] = [];
  const result = fillTemplates(value, ["spec"], { lookup, namespace: "higress-system", findings });
  return { value: result, findings, asked: [...lookup.asked] };
}

describe("templates", () => {
  test("are filled in wherever they stand in a text", () => {
    const { value, findings } = filled({
      a: "${secret.team/keys.key}",
      b: ["Bearer ${secret.team/keys.key}, ${configmap.words.greeting}"],
      c: { d: "${secret.team/keys.dotted.name}", e: 7, f: null, g: "${configmap.words.quote}" },
    });
    expect(value).toEqual({
      a: "secret-one",
      b: ["Bearer secret-one, hello"],
      c: { d: "two", e: 7, f: null, g: 'a "b"' },
    });
    expect(findings).toEqual([]);
  });

  test("look their object up, so that a change of it is seen", () => {
    expect(filled("${secret.team/keys.key} ${configmap.words.greeting}").asked).toEqual([
      "/Secret team/keys",
      "/ConfigMap higress-system/words",
    ]);
  });

  test("of what is not there are told, and leave nothing behind", () => {
    const { value, findings } = filled({
      gone: "${secret.team/none.key}",
      list: ["x", "id-${secret.team/keys.none}"],
      kept: 1,
    });
    expect(value).toEqual({ list: ["x"], kept: 1 });
    expect(findings).toEqual([
      { field: "spec.gone", message: "wants Secret team/none, which is not there", severity: "error" },
      {
        field: "spec.list[1]",
        message: "wants the key none of Secret team/keys, which it does not have",
        severity: "error",
      },
    ]);
  });

  test("are not what else begins with a dollar", () => {
    const others = ["$1", "${request.header}", "${env:HOME}", "${secret.short}", "$${x}"];
    expect(filled(others)).toEqual({ value: others, findings: [], asked: [] });
  });

  test("do not show a secret in findings", () => {
    const { findings } = filled({ a: "${secret.team/keys.key}${secret.team/keys.none}" });
    expect(JSON.stringify(findings)).not.toContain("secret-one");
  });
});
