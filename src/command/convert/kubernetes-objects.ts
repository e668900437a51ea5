import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { ResourceReader } from "#config/kubernetes/read-resources.ts";
import type { Resource } from "#config/kubernetes/resource.ts";

/** The objects of a folder's files. */
export interface FolderObjects {
  readonly resources: readonly Resource[];
  /** `FILE:LINE  what is wrong`. */
  readonly problems: readonly string[];
}

const FILE = /(?:^|[/\\])[^./\\][^/\\]*\.(?:ya?ml|json)$/i;

/** Reads the YAML and JSON files below a folder, or one file. Throws when there is no such thing. */
export function objectsIn(place: string): FolderObjects {
  const isFolder = statSync(place).isDirectory();
  const names = isFolder
    ? readdirSync(place, { recursive: true, encoding: "utf8" }).filter((name) => FILE.test(name))
    : [""];
  const reader = new ResourceReader();
  const read = names.sort().map((name) => {
    const file = name === "" ? place : join(place, name);
    const { resources, problems } = reader.read(file, readFileSync(file, "utf8"));
    const shown = isFolder ? relative(place, file) : place;
    return { resources, problems: problems.map(({ line, message }) => `${shown}:${line}  ${message}`) };
  });
  return {
    resources: read.flatMap(({ resources }) => resources),
    problems: read.flatMap(({ problems }) => problems),
  };
}
