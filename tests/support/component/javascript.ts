import { join } from "node:path";
import { witText } from "#src/plugin-host/component/wit-text.ts";
import { builtOnce } from "./built.ts";

const WIT = join(import.meta.dir, "../../../src/plugin-host/plugin.wit");

/** The path of a component in JavaScript, with QuickJS around it, and nothing of WASI. */
export async function componentInJavaScript(name: string, source: string): Promise<string> {
  return builtOnce(`${name}-js`, [source, witText()], async () => {
    const { componentize } = await import("componentize-qjs");
    const { component } = await componentize({
      witPath: WIT,
      world: "plugin",
      jsSource: source,
      stubWasi: true,
      sync: true,
    });
    return component;
  });
}
