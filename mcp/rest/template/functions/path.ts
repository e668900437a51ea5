import { asText, fixed, type Functions } from "./signature.ts";

/** Go's `path`: names with `/` between them, whatever the machine. */
export const paths: Functions = {
  base: fixed(1, (path) => base(asText(path))),
  dir: fixed(1, (path) => dir(asText(path))),
  clean: fixed(1, (path) => clean(asText(path))),
  ext: fixed(1, (path) => ext(asText(path))),
  isAbs: fixed(1, (path) => asText(path).startsWith("/")),
  osBase: fixed(1, (path) => base(asText(path))),
  osDir: fixed(1, (path) => dir(asText(path))),
  osClean: fixed(1, (path) => clean(asText(path))),
  osExt: fixed(1, (path) => ext(asText(path))),
  osIsAbs: fixed(1, (path) => asText(path).startsWith("/")),
};

function base(path: string): string {
  if (path === "") return ".";
  const name = path.replace(/\/+$/, "").split("/").at(-1);
  return name === undefined || name === "" ? "/" : name;
}

function dir(path: string): string {
  return clean(path.slice(0, path.lastIndexOf("/") + 1));
}

function ext(path: string): string {
  return /\.[^./]*$/.exec(path)?.[0] ?? "";
}

function clean(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") kept.push(name);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push(name);
  }
  if (rooted) return `/${kept.join("/")}`;
  return kept.length === 0 ? "." : kept.join("/");
}
