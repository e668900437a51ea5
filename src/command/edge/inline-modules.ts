/** A module of JavaScript whose WebAssembly stands in files beside it. */
export interface Split {
  readonly script: string;
  readonly files: readonly (readonly [name: string, bytes: Uint8Array])[];
}

const INLINE = /new WebAssembly\.Module\(\s*new Uint8Array\(\[([^\]]*)\]\)\s*,?\s*\)/g;

/** Jco's glue brings a small module along as numbers, to be compiled when it runs: workers compile only what is imported from a file. */
export function withoutInlineModules(script: string, name: (index: number) => string): Split {
  const files: (readonly [string, Uint8Array])[] = [];
  const imports: string[] = [];
  const body = script.replaceAll(INLINE, (_, written: string) => {
    const bytes = Uint8Array.from(
      written.split(",").filter((one) => one.trim() !== ""),
      Number,
    );
    const file = name(files.length);
    const variable = `inlineModule${files.length}`;
    files.push([file, bytes]);
    imports.push(`import ${variable} from ${JSON.stringify(`./${file}`)};\n`);
    return variable;
  });
  return { script: imports.join("") + body, files };
}
