import type { JsonNode } from "./node.ts";

/**
 * Where in a JSON value something is changed, in the words of SJSON (https://github.com/tidwall/sjson): names and indices joined by dots, `\`
 * before a character that stands for itself, `:` before a number that is a name, `-1` for behind the last item, `#` for each item.
 */
export type EditPath = readonly EditStep[];

interface EditStep {
  readonly name: string;
  /** It may be an index where an array has to be made. */
  readonly index: boolean;
  /** Unescaped `#`. */
  readonly each: boolean;
}

/** A change that the value does not allow: a name in an array, a part of a number. */
export class EditError extends Error {
  override readonly name = "EditError";
}

/** Makes of what is there, or is not, what shall be there; undefined: nothing. */
export type Edit = (old: JsonNode | undefined) => string | undefined;

/** So many `null`s may be made to reach an index. */
const MOST_NULLS = 1000;

/** Takes a path apart. */
export function editPath(text: string): EditPath {
  const steps: EditStep[] = [];
  let name = "";
  let escaped = false;
  const push = (): void => {
    const forced = name.startsWith(":") && !escaped;
    const plain = forced ? name.slice(1) : name;
    steps.push({ name: plain, index: !forced && /^(?:\d{1,9}|-1)$/.test(name), each: name === "#" && !escaped });
    [name, escaped] = ["", false];
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\" && at + 1 < text.length) {
      if (name === "") escaped = true;
      name += text.charAt(++at);
    } else if (char === ".") push();
    else name += char;
  }
  push();
  return steps;
}

/** What the path leads to; through `#` to nothing, as it leads to many. */
export function valueAt(node: JsonNode | undefined, path: EditPath): JsonNode | undefined {
  let found = node;
  for (const { name, index } of path) {
    if (found?.kind === "object") found = found.get(name);
    else found = index ? found?.items.at(Number(name)) : undefined;
  }
  return found;
}

/**
 * The JSON text with what the path leads to changed; what is on the way is made where it is missing and the edit makes something of nothing.
 * Values beside it keep their text. Throws an EditError where that cannot be.
 */
export function edited(node: JsonNode, path: EditPath, edit: Edit): string {
  return editAt(node, path, 0, edit) ?? node.raw;
}

function editAt(node: JsonNode | undefined, path: EditPath, at: number, edit: Edit): string | undefined {
  const step = path[at];
  if (step === undefined) return edit(node);
  const within = (value: JsonNode | undefined): string | undefined => editAt(value, path, at + 1, edit);
  if (node === undefined) return made(step, within);
  if (node.kind === "object") return objectWith(node, step, within);
  if (node.kind === "array") return arrayWith(node, step, within);
  if (within(undefined) === undefined) return node.raw;
  throw new EditError(`Nothing can be put into a ${node.kind}.`);
}

type Within = (value: JsonNode | undefined) => string | undefined;

function made({ name, index, each }: EditStep, within: Within): string | undefined {
  const value = each ? undefined : within(undefined);
  if (value === undefined) return undefined;
  return index ? `[${[...nulls(Math.max(0, Number(name))), value].join(",")}]` : `{${JSON.stringify(name)}:${value}}`;
}

function objectWith(node: JsonNode, { name }: EditStep, within: Within): string {
  let found = false;
  const members = node.members.flatMap(({ key, rawKey, value }) => {
    if (found || key !== name) return [`${rawKey}:${value.raw}`];
    found = true;
    const changed = within(value);
    return changed === undefined ? [] : [`${rawKey}:${changed}`];
  });
  const added = found ? undefined : within(undefined);
  if (added !== undefined) members.push(`${JSON.stringify(name)}:${added}`);
  return `{${members.join(",")}}`;
}

function arrayWith(node: JsonNode, { name, index, each }: EditStep, within: Within): string {
  const { items } = node;
  if (each) return `[${items.flatMap((item) => within(item) ?? []).join(",")}]`;
  const place = name === "-1" ? items.length : Number(name);
  if (index && place < items.length) {
    return `[${items.flatMap((item, at) => (at === place ? (within(item) ?? []) : item.raw)).join(",")}]`;
  }
  const added = within(undefined);
  if (added === undefined) return node.raw;
  if (!index) throw new EditError(`${JSON.stringify(name)} is no index of an array.`);
  return `[${[...items.map((item) => item.raw), ...nulls(place - items.length), added].join(",")}]`;
}

function nulls(count: number): readonly string[] {
  if (count > MOST_NULLS) throw new EditError(`More than ${MOST_NULLS} items are missing before that index.`);
  return Array.from({ length: count }, () => "null");
}
