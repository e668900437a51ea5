import { isObject, type Json } from "../../core/json.ts";
import { compileWasm, type VmOptions, type WasmLimits } from "../wasm-kind.ts";
import type { KindMaker } from "./plugin-runner.ts";

/** What the process of a WebAssembly plugin is given beside the module. */
export type WasmGiven = { readonly name: string; readonly vm: string } & WasmLimits;

/** Makes a WebAssembly plugin in a process of its own. */
const maker: KindMaker = async ({ json, blobs: [bytes] }) => {
  if (bytes === undefined || !isGiven(json)) throw new Error("there is no module");
  const configure = await compileWasm(json.name, bytes, json, JSON.parse(json.vm) as VmOptions);
  return { configure };
};
export default maker;

function isGiven(json: Json): json is Json & WasmGiven {
  return (
    isObject(json) &&
    typeof json["name"] === "string" &&
    typeof json["memory"] === "number" &&
    typeof json["vm"] === "string"
  );
}
