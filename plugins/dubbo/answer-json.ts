import { DubboError, type DubboResult, LONGEST_ANSWER } from "./call.ts";
import { isJavaObject, type JavaObject, type JavaValue } from "./hessian/java-value.ts";

/**
 * An answer as JSON, with Higress' members: `result`, or `error` when the method threw, and `attachment`. Throws a {@link DubboError} when it
 * is too long: what is small in Hessian may be large in JSON.
 */
export function answerJson(result: DubboResult, longest: number = 2 * LONGEST_ANSWER): string {
  const json = new JsonText(longest);
  const said = "error" in result ? `"error":${json.of(result.error, true)}` : `"result":${json.of(result.value)}`;
  const { attachment } = result;
  return attachment === undefined ? `{${said}}` : `{${said},"attachment":${json.of(attachment)}}`;
}

/** What exceptions hold that is nobody's business but the provider's. */
const STACKS: ReadonlySet<string> = new Set(["stackTrace", "suppressed", "suppressedExceptions"]);

/** What a list or a map counts for: empty ones are short, but of few bytes there can be many, one within the other. */
const CONTAINER = 32;

/** Numbers keep all their digits. What holds itself, as an exception without another cause does, has `null` there. */
class JsonText {
  #left: number;
  readonly #within = new Set<JavaValue>();

  constructor(longest: number) {
    this.#left = longest;
  }

  /** `thrown`: it is an exception, or part of one, and is shown without stacks. */
  of(value: JavaValue, thrown = false): string {
    if (typeof value === "string") return this.#counted(JSON.stringify(thrown ? withoutStack(value) : value));
    if (typeof value === "bigint") return this.#counted(String(value));
    if (value === null || typeof value !== "object") return this.#counted(JSON.stringify(value));
    if (value instanceof Uint8Array) return this.#counted(`"${base64(value)}"`);
    if (this.#within.has(value)) return this.#counted("null");
    this.#count(CONTAINER);
    this.#within.add(value);
    const text = isJavaObject(value) ? this.#object(value, thrown) : this.#list(value, thrown);
    this.#within.delete(value);
    return text;
  }

  #list(value: readonly JavaValue[], thrown: boolean): string {
    return `[${value.map((one) => this.of(one, thrown)).join(",")}]`;
  }

  #object(value: JavaObject, thrown: boolean): string {
    const shown = Object.entries(value).filter(([name]) => !thrown || !STACKS.has(name));
    return `{${shown.map(([name, one]) => `${this.#counted(JSON.stringify(name))}:${this.of(one, thrown)}`).join(",")}}`;
  }

  #counted(text: string): string {
    this.#count(text.length + 1);
    return text;
  }

  #count(length: number): void {
    this.#left -= length;
    if (this.#left < 0) throw new DubboError("too_large", "the answer is too long as JSON");
  }
}

/** Dubbo writes the whole stack into an exception's message. */
function withoutStack(text: string): string {
  return text.split("\n\tat ", 1)[0] ?? "";
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // All at once would be too many arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
