import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import type { Clock } from "#src/core/clock.ts";
import { ResourceReader } from "../kubernetes/read-resources.ts";
import { labelOf } from "../kubernetes/resource.ts";
import type { ResourceSet } from "../kubernetes/resource-set.ts";
import type { ResourceSource, SourceProblem } from "./resource-source.ts";
import { SharedObjects } from "./shared-objects.ts";

/** How long a file must be quiet before it is read, in milliseconds: programs write it in several steps. */
const SETTLE = 10;

/** An empty file is mostly one that is about to be written. */
const SETTLE_EMPTY = 100;

const FILE = /^[^.].*\.(?:ya?ml|json)$/i;

/**
 * Objects from the YAML and JSON files below a folder, and from then on from what changes there. A file that cannot be read as YAML keeps
 * the objects that it had.
 */
export class DirectorySource implements ResourceSource {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #reader = new ResourceReader();
  readonly #objects: SharedObjects;
  readonly #problems = new Map<string, readonly SourceProblem[]>();
  /** What files were like when they were read. */
  readonly #states = new Map<string, string>();
  /** Files about to be read, and how that is put off. */
  readonly #waiting = new Map<string, () => void>();
  #watcher: FSWatcher | undefined;
  #changed: () => void = () => {};
  #turn: Promise<void> = Promise.resolve();

  constructor(root: string, set: ResourceSet, clock: Clock) {
    this.#root = resolve(root);
    this.#clock = clock;
    this.#objects = new SharedObjects(set);
  }

  get problems(): readonly SourceProblem[] {
    const hidden = this.#objects.hidden.map(({ file, resource, by }) => ({
      place: this.#shown(file),
      message: `${labelOf(resource)} is in ${this.#shown(by)} already, and that counts`,
    }));
    return [...[...this.#problems.values()].flat(), ...hidden];
  }

  async open(changed: () => void): Promise<void> {
    this.#changed = changed;
    const folder = await stat(this.#root).catch(() => undefined);
    if (folder?.isDirectory() !== true) throw new Error(`${this.#root} is no folder: --resources takes one`);
    // Watched first: what is written while the files are read is then read again.
    this.#watcher = watch(this.#root, { recursive: true, persistent: false }, (_, name) => this.#seen(name));
    this.#watcher.on("error", () => {});
    await this.#scan(this.#root);
  }

  async close(): Promise<void> {
    this.#watcher?.close();
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
    await this.#turn;
  }

  #seen(name: string | null): void {
    if (name === null) this.#readSoon(this.#root, SETTLE);
    else if (!isHidden(name)) this.#readSoon(isLink(name) ? this.#root : join(this.#root, name), SETTLE);
  }

  #readSoon(path: string, delay: number): void {
    this.#waiting.get(path)?.();
    const cancel = this.#clock.after(delay, () => {
      this.#waiting.delete(path);
      this.#turn = this.#turn.then(async () => {
        await (isOurs(this.#shown(path)) ? this.#read(path, delay === SETTLE) : this.#scan(path));
        this.#changed();
      });
    });
    this.#waiting.set(path, cancel);
  }

  /** Looks through a folder, or what was one. */
  async #scan(folder: string): Promise<void> {
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    const found = entries.map((name) => join(folder, name)).filter((file) => isOurs(this.#shown(file)));
    for (const file of found.sort()) {
      const state = await stateOf(file);
      if (state === undefined || this.#states.get(file) !== state) await this.#read(file, false);
    }
    const files = new Set(found);
    const known = [...this.#objects.files, ...this.#problems.keys()].filter((file) => file.startsWith(folder + sep));
    for (const file of known) if (!files.has(file)) this.#gone(file);
  }

  async #read(file: string, patient: boolean): Promise<void> {
    let text: string;
    try {
      const state = await stateOf(file);
      text = await readFile(file, "utf8");
      // Of before the reading: what is written meanwhile is another state.
      if (state !== undefined) this.#states.set(file, state);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") this.#gone(file);
      else this.#problems.set(file, [{ place: this.#shown(file), message: "cannot be read" }]);
      return;
    }
    if (text === "" && patient) return this.#readSoon(file, SETTLE_EMPTY);
    const { resources, problems } = this.#reader.read(file, text);
    if (problems.length === 0) this.#problems.delete(file);
    else
      this.#problems.set(
        file,
        problems.map(({ line, message }) => ({ place: `${this.#shown(file)}:${line}`, message })),
      );
    // A text that is broken in the middle may lack more than what it says it lacks.
    if (problems.length === 0 || !this.#objects.has(file)) this.#objects.update(file, resources);
  }

  #gone(file: string): void {
    this.#states.delete(file);
    this.#problems.delete(file);
    this.#reader.forget(file);
    this.#objects.update(file, []);
  }

  #shown(file: string): string {
    return relative(this.#root, file);
  }
}

/** What tells whether a file has changed since it was read: its content's time and size, and which file it is. */
async function stateOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}

/** Kubernetes' links to whole new states begin with two dots: what they lead to may be anywhere. */
function isLink(name: string): boolean {
  return name.split(/[/\\]/).some((part) => part.startsWith(".."));
}

/** Drafts of programs, and what else is hidden, is never read. */
function isHidden(name: string): boolean {
  return name.split(/[/\\]/).some((part) => /^\.(?!\.)/.test(part));
}

/** Whether a path below the folder is a file to read: nothing hidden on the way to it. */
function isOurs(name: string): boolean {
  const parts = name.split(/[/\\]/);
  return FILE.test(parts.at(-1) ?? "") && parts.every((part) => !part.startsWith("."));
}
