/** What a model takes, where Claude's generations differ and a request must be fitted. */
export interface ModelTraits {
  /** A Claude model by its name; what else speaks this protocol is asked for in the vendor's plainest, oldest form. */
  readonly claude: boolean;
  /** `thinking: {type: "adaptive"}` with `output_config.effort`: from 4.6 on. */
  readonly adaptive: boolean;
  /** `thinking: {type: "enabled", budget_tokens}`: refused from 4.7 on. */
  readonly budget: boolean;
  /** `thinking: {type: "disabled"}`: refused by models that always think. */
  readonly disable: boolean;
  /** `temperature`, `top_p` and `top_k`: refused from 4.7 on, but for the default. */
  readonly sampling: boolean;
  /** `temperature` or `top_p`, but not both: from 4.1 on. */
  readonly oneSampler: boolean;
  /** `output_config.effort`: Opus from 4.5 on, the other families from 4.6 on. */
  readonly effort: boolean;
  /** `output_config.effort: "xhigh"`: from 4.7 on. */
  readonly xhigh: boolean;
  /** `role: "system"` inside `messages`: Opus from 4.8 on, the other families from 5 on. */
  readonly laterSystem: boolean;
}

const NAME = /claude-(?:([a-z]+)-)?(\d)(?:[-.](\d{1,2}))?(?![\d])(?:-([a-z]+))?/;

const ALWAYS_THINKS: ReadonlySet<string> = new Set(["fable", "mythos"]);

const OTHER: ModelTraits = {
  claude: false,
  adaptive: false,
  budget: true,
  disable: true,
  sampling: true,
  oneSampler: false,
  effort: false,
  xhigh: true,
  laterSystem: false,
};

const PREVIEW: ModelTraits = {
  claude: true,
  adaptive: true,
  budget: false,
  disable: false,
  sampling: false,
  oneSampler: true,
  effort: true,
  xhigh: true,
  laterSystem: false,
};

/**
 * The traits of a model by its name (`claude-opus-4-5`, `claude-3-7-sonnet-20250219`, with any prefix). By version and not by a list, so
 * that a model of tomorrow gets the newest rules. Sources: platform.claude.com/docs, the pages on thinking, effort, and system messages.
 */
export function modelTraits(model: string): ModelTraits {
  if (model.includes("mythos-preview")) return PREVIEW;
  const match = NAME.exec(model);
  if (match === null) return model.includes("claude") ? { ...OTHER, claude: true } : OTHER;
  const family = match[1] ?? match[4] ?? "";
  const version = Number(match[2]) * 100 + Number(match[3] ?? 0);
  return {
    claude: true,
    adaptive: version >= 406,
    budget: version < 407,
    disable: !ALWAYS_THINKS.has(family),
    sampling: version < 407,
    oneSampler: version >= 401,
    effort: version >= (family === "opus" ? 405 : 406),
    xhigh: version >= 407,
    laterSystem: version >= (family === "opus" ? 408 : 500),
  };
}
