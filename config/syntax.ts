import type { YAMLError } from "yaml";

type YamlErrorCode = YAMLError["code"];

/** What is wrong with a text that is not YAML. The library's own words are not used: they quote the text, which may hold secrets. */
interface SyntaxProblem {
  readonly message: string;
  readonly hint?: string;
}

const MESSAGES: Readonly<Partial<Record<YamlErrorCode, SyntaxProblem>>> = {
  TAB_AS_INDENT: { message: "a tab is used as indentation", hint: "YAML wants spaces" },
  BAD_INDENT: {
    message: "the indentation does not fit",
    hint: "what belongs together starts in the same column, and a bracket needs its end",
  },
  MISSING_CHAR: { message: "a character is missing here", hint: "a quote, bracket, comma or colon may not be closed" },
  BAD_SCALAR_START: { message: "a value cannot start with this character", hint: "put the value in quotes" },
  BAD_DQ_ESCAPE: { message: "unknown escape in double quotes", hint: "use single quotes, or double the backslash" },
  MULTILINE_IMPLICIT_KEY: { message: "a key must stand on one line", hint: "a colon or a quote may be missing" },
  BLOCK_AS_IMPLICIT_KEY: { message: "a mapping cannot start here", hint: "put a value that holds a colon in quotes" },
  BLOCK_IN_FLOW: { message: "an indented block cannot stand inside [ ] or { }", hint: "a bracket may not be closed" },
  BAD_ALIAS: { message: "this alias has no anchor before it", hint: "put a value that begins with * in quotes" },
  ALIAS_PROPS: { message: "an alias cannot have a tag or an anchor" },
  TAG_RESOLVE_FAILED: { message: "tags have no meaning here", hint: "put a value that begins with ! in quotes" },
  MULTIPLE_ANCHORS: { message: "a value can have one anchor only", hint: "put a value that begins with & in quotes" },
  MULTIPLE_TAGS: { message: "tags have no meaning here", hint: "put a value that begins with ! in quotes" },
  BAD_DIRECTIVE: { message: "unknown directive", hint: "a line that begins with % is one" },
  BAD_COLLECTION_TYPE: { message: "tags have no meaning here" },
  KEY_OVER_1024_CHARS: { message: "a key is longer than 1024 characters", hint: "a quote may not be closed" },
  RESOURCE_EXHAUSTION: { message: "is nested too deeply" },
};

/** An error of the YAML library in words of our own. `line` is the line of the text it happened on. */
export function syntaxProblem(code: YamlErrorCode, line: string): SyntaxProblem {
  const problem = MESSAGES[code] ?? { message: "this is not YAML", hint: "a quote, bracket or colon may be missing" };
  const bare = /[[{,]\s*\$\{/.test(line);
  return bare ? { ...problem, hint: 'inside [ ] and { } a reference needs quotes, as in "${env:NAME}"' } : problem;
}
