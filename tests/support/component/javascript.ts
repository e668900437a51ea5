import { componentInTypeScript } from "#src/command/plugin/build-component.ts";
import { witText } from "#src/plugin-host/component/wit-text.ts";
import { builtOnce, fromText } from "./built.ts";

/** The path of a component in JavaScript, with QuickJS around it, and nothing of WASI. */
export async function componentInJavaScript(name: string, source: string): Promise<string> {
  return builtOnce(`${name}-js`, [source, witText()], () => fromText("guest.js", source, componentInTypeScript));
}
