import { meter } from "../wasm/meter.ts";
import { type Anatomy, readAnatomy } from "./anatomy.ts";
import { isGuest } from "./direct.ts";
import { transpile } from "./transpile.ts";
import { IMPORTS, PACKAGE, VERSION, WAITING } from "./world.ts";

/** A component with its limits written into it, as it can be kept: core modules, and how they are called. */
export type Prepared = {
  /** Its functions may have to wait for the host. */
  readonly waits: boolean;
} & (
  | { readonly kind: "direct"; readonly module: Uint8Array<ArrayBuffer> }
  | {
      readonly kind: "glued";
      /** By the names that the glue asks for. */
      readonly modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
      /** A module of JavaScript that imports nothing and exports `instantiate`. */
      readonly glue: Uint8Array<ArrayBuffer>;
    }
);

/** What is written into a component. */
export interface PrepareOptions {
  /** Of memory, in pages of 64 KiB. */
  readonly memoryPages: number;
  /** Whether its steps are counted. */
  readonly fuel: boolean;
  /** Jco's glue, even where the guest could be called directly. */
  readonly glue?: boolean;
}

/** Takes a component apart. Rejects with an Error that says why it cannot be used. */
export async function prepare(bytes: Uint8Array, options: PrepareOptions): Promise<Prepared> {
  const anatomy = readAnatomy(bytes);
  const imported = worldImports(anatomy.imports);
  const waits = imported.some((name) => WAITING.has(name));
  const direct = options.glue === true ? undefined : await directGuest(anatomy);
  if (direct !== undefined) return { kind: "direct", module: meter(direct, options), waits };
  const { modules, glue } = await transpile(bytes, waits);
  const metered = [...modules].map(([name, module]) => [name, meter(module, options)] as const);
  return { kind: "glued", modules: new Map(metered), glue, waits };
}

/** The module of the guest, if the component has nothing around it but what ties it to the world. */
async function directGuest({ modules, plain }: Anatomy): Promise<Uint8Array | undefined> {
  if (!plain) return undefined;
  for (const module of modules) if (isGuest(await WebAssembly.compile(new Uint8Array(module)))) return module;
  return undefined;
}

/** The world's interfaces that a component imports, by their own names. Throws an Error when it imports anything else. */
function worldImports(imports: readonly string[]): string[] {
  const foreign = imports.filter((name) => shortName(name) === undefined);
  if (foreign.length > 0) throw new Error(refusal(foreign));
  return imports.map(shortName).filter((name) => name !== undefined);
}

function shortName(name: string): string | undefined {
  const own = new RegExp(`^${PACKAGE}/([a-z-]+)@${VERSION.replaceAll(".", "\\.")}$`).exec(name)?.[1];
  return own !== undefined && (Object.hasOwn(IMPORTS, own) || own === "types") ? own : undefined;
}

const HINTS: readonly (readonly [beginning: string, hint: string])[] = [
  ["wasi:", "Plugins have no files, network or environment: build it without WASI (docs/plugin-components.md)."],
  [`${PACKAGE}/`, `This gateway has ${PACKAGE}@${VERSION}: build it with that plugin.wit.`],
];

function refusal(foreign: readonly string[]): string {
  const hints = HINTS.filter(([beginning]) => foreign.some((name) => name.startsWith(beginning)));
  return [
    `the component imports what plugins do not have: ${foreign.join(", ")}.`,
    ...hints.map(([, hint]) => hint),
  ].join(" ");
}
