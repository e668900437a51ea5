import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isObject } from "#src/core/json.ts";
import { LocalReply } from "#src/core/plugin.ts";
import { componentInJavaScript } from "#tests/support/component/javascript.ts";
import { componentInC } from "#tests/support/component/c.ts";
import { componentInRust, rustMissing } from "#tests/support/component/rust.ts";
import { clangMissing } from "#tests/support/wasm/clang.ts";
import { compiled, hooksOf, hostOf } from "./probe.ts";

const PAGE = readFileSync(new URL("../../../docs/plugin-components.md", import.meta.url), "utf8");

/** The first block of code in a language. */
function block(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(PAGE)?.[1];
  if (found === undefined) throw new Error(`the page has no ${language}`);
  return found;
}

/** The configuration of the page's entry. */
function written(): unknown {
  const entries: unknown = parse(block("yaml"));
  const plugins = isObject(entries) ? entries["plugins"] : undefined;
  const [first]: readonly unknown[] = Array.isArray(plugins) ? plugins : [];
  return isObject(first) ? first["config"] : undefined;
}

interface Example {
  readonly language: string;
  readonly missing: string | undefined;
  readonly build: () => Promise<string>;
}

const EXAMPLES: readonly Example[] = [
  { language: "c", missing: clangMissing, build: () => componentInC("docs", block("c")) },
  { language: "rust", missing: rustMissing, build: () => componentInRust("docs", block("rust")) },
  { language: "js", missing: undefined, build: () => componentInJavaScript("docs", block("js")) },
];

describe("docs/plugin-components.md", () => {
  for (const { language, missing, build } of EXAMPLES) {
    test.skipIf(missing !== undefined)(
      `the example in ${language} does what the entry wants${missing === undefined ? "" : ` (${missing})`}`,
      async () => {
        const plugin = await compiled(await Bun.file(await build()).bytes(), false, { fuel: 50_000_000 });
        const filter = await plugin.configure(written(), hostOf());
        const ask = async (headers: Record<string, string>): Promise<[unknown, string | undefined]> => {
          const { hooks, call } = hooksOf(filter, { headers });
          return [await hooks.requestHeaders?.(call), call.consumer];
        };
        expect(await ask({ "x-team": "blue" })).toEqual([undefined, "blue"]);
        const refused = LocalReply.refuse(403, "Your team may not do this.");
        expect(await ask({ "x-team": "green" })).toEqual([refused, undefined]);
        expect(await ask({})).toEqual([refused, undefined]);
        expect(plugin.configure({}, hostOf())).rejects.toThrow("'header' is missing");
      },
      60_000,
    );
  }
});
