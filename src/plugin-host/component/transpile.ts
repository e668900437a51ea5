import { bindgen } from "./jco.ts";
import { EXPORTS, GUEST, IMPORTS, interfaceName } from "./world.ts";

/** A component taken apart: its core modules, and the glue that puts them together. */
export interface Transpiled {
  /** Core modules by the names that the glue asks for. */
  readonly modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** A module of JavaScript that imports nothing and exports `instantiate`. */
  readonly glue: Uint8Array<ArrayBuffer>;
}

/** Takes a component apart; `suspends`: its glue lets the host's waiting functions be waited for. */
export async function transpile(component: Uint8Array, suspends: boolean): Promise<Transpiled> {
  const { generate } = await bindgen();
  const jspi = { tag: "jspi", val: { imports: waitingImports(), exports: guestExports() } } as const;
  const { files } = generate(component, {
    name: "plugin",
    instantiation: { tag: "async" },
    noTypescript: true,
    noNodejsCompat: true,
    noComponentErrorWrapping: true,
    base64Cutoff: 0,
    ...(suspends ? { asyncMode: jspi } : {}),
  });
  const glue = files.find(([name]) => name.endsWith(".js"))?.[1];
  if (glue === undefined) throw new Error("the component could not be taken apart");
  return {
    modules: new Map(
      files.filter(([name]) => name.endsWith(".wasm")).map(([name, bytes]) => [name, new Uint8Array(bytes)]),
    ),
    glue: new Uint8Array(glue),
  };
}

function waitingImports(): string[] {
  return Object.entries(IMPORTS).flatMap(([name, { functions }]) =>
    Object.entries(functions)
      .filter(([, { waits }]) => waits === true)
      .map(([own]) => `${interfaceName(name)}#${own}`),
  );
}

function guestExports(): string[] {
  return Object.keys(EXPORTS).map((name) => `${interfaceName(GUEST)}#${name}`);
}
