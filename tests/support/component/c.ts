import { join } from "node:path";
import { componentInC as build } from "#src/command/plugin/build-component.ts";
import { witText } from "#src/plugin-host/component/wit-text.ts";
import { builtOnce, fromText } from "./built.ts";

const SDK = join(import.meta.dir, "../../../plugins/sdk/c/sluice.h");

/** The path of a component in C. */
export async function componentInC(name: string, source: string): Promise<string> {
  const header = await Bun.file(SDK).text();
  return builtOnce(`${name}-c`, [source, header, witText()], () => fromText("guest.c", source, build));
}
