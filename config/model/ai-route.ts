import { z } from "zod";
import { checkedText, Complaint, duration, integer, name, scalar, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf, word } from "#src/core/settings/shapes.ts";
import { type ModelMapping, modelMapping } from "./model-mapping.ts";
import { type Timeouts, timeouts } from "./timeouts.ts";

/** A provider an AI route may ask. */
export interface AiUpstream {
  /** A provider's id. */
  readonly provider: string;
  /** Asked for in place of the client's model, before the provider's `modelMapping`. */
  readonly model?: string;
  /** The same by patterns of the client's model; a model that none fits keeps its name. */
  readonly modelMapping?: ModelMapping;
  readonly weight: number;
  /** Beginnings of the model names that are this upstream's when `pick` is `owner`; filled in from the provider's type. */
  readonly owns?: readonly string[];
}

/** Who is asked when the first choice failed. */
export interface AiFallback {
  readonly upstreams: readonly AiUpstream[];
  /** `sequence`: one after the other; `random`: in an order drawn by weight. */
  readonly strategy: "sequence" | "random";
  /** `429` or `5xx`; an upstream that cannot be reached counts as `5xx`. */
  readonly responseCodes: readonly string[];
}

/** When an upstream that failed is asked again, before who stands behind it. */
export interface AiRetry {
  /** Tries after the first one. */
  readonly attempts: number;
  /** `429` or `5xx`; an upstream that cannot be reached counts as `5xx`. */
  readonly on: readonly string[];
  /** Milliseconds until the answer of one try begins. */
  readonly perTryTimeout?: number;
}

/** What an AI route does. */
export interface AiRoute {
  /**
   * `weight`: one of the upstreams is drawn. `owner`: for the model `p/m` where `p` is an upstream's provider, that one, asked for `m`;
   * else the upstream with the longest of `owns` that the model's name begins with, the first one of equals; else `otherwise`; else the
   * model is not found.
   */
  readonly pick: "weight" | "owner";
  readonly upstreams: readonly AiUpstream[];
  /** A provider among `upstreams`; only with `pick: owner`. Filled in when only one upstream is a real provider (not `echo`). */
  readonly otherwise?: string;
  readonly retry?: AiRetry;
  readonly fallback?: AiFallback;
  /** The model's name in answers: the one that answered, or the one asked for. */
  readonly responseModel: "upstream" | "requested";
  readonly timeouts: Timeouts;
}

/** A status code or a class of them, as text. */
export const statusPattern: z.ZodType<string> = scalar(
  (value) => {
    const written = String(typeof value === "number" ? value : typeof value === "string" ? value.toLowerCase() : "");
    return /^[1-5](?:\d\d|xx)$/.test(written)
      ? written
      : new Complaint("must be a status code as 429, or a class as 5xx");
  },
  {
    description: "A status code (429) or a class (5xx).",
    anyOf: [
      { type: "integer", minimum: 100, maximum: 599 },
      { type: "string", pattern: "^[1-5](\\d\\d|[xX][xX])$" },
    ],
  },
);

const upstream: z.ZodType<AiUpstream> = makes<AiUpstream>()(
  z
    .strictObject({
      provider: name("A provider's id."),
      model: text("Asked for in place of the client's model.").exactOptional(),
      modelMapping: modelMapping.exactOptional(),
      weight: integer("Its share of the requests, against the other upstreams' weights.", 0, 1_000_000).prefault(1),
      owns: list(
        checkedText({ description: "The beginning of a model's name." }, (value) => value),
        "With pick: owner, beginnings of the model names that go here; the provider's well-known ones when left out.",
      ).exactOptional(),
    })
    .superRefine(({ model, modelMapping: mapping }, context) => {
      if (model === undefined || mapping === undefined) return;
      context.addIssue({
        code: "custom",
        path: ["modelMapping"],
        message: "does nothing beside model: write one of them",
      });
    }),
);

const fallback: z.ZodType<AiFallback> = makes<AiFallback>()(
  z.strictObject({
    upstreams: someOf(upstream, "Who is asked next."),
    strategy: word(["sequence", "random"], "In the order written, or drawn by weight.").prefault("sequence"),
    responseCodes: someOf(statusPattern, "Failures of the first choice that lead here.").prefault([
      401,
      402,
      403,
      404,
      408,
      429,
      "5xx",
    ]),
  }),
);

const retry: z.ZodType<AiRetry> = makes<AiRetry>()(
  z.strictObject({
    attempts: integer("Tries after the first one.", 0, 100).prefault(1),
    on: someOf(statusPattern, "What is tried again.").prefault(["5xx"]),
    perTryTimeout: duration("The longest wait for one try's answer to begin.", 1).exactOptional(),
  }),
);

/** `routes[].ai`. Without upstreams, `pick: owner` means all providers, and any other route is in error: see {@link settleAi}. */
export const aiRoute: z.ZodType<AiRoute> = makes<AiRoute>()(
  z
    .strictObject({
      pick: word(["weight", "owner"], "Draw an upstream by weight, or take the one that owns the model.").prefault(
        "weight",
      ),
      upstreams: list(upstream, "The providers; all of them when left out with pick: owner.").prefault([]),
      otherwise: name(
        "With pick: owner, the provider for models nobody owns; the only one, when there is but one.",
      ).exactOptional(),
      retry: retry.describe("Asks an upstream that failed again, before the fallback.").exactOptional(),
      fallback: fallback.describe("Who is asked when the first choice failed.").exactOptional(),
      responseModel: word(
        ["upstream", "requested"],
        "The model's name in answers: the one that answered or the one asked for.",
      ).prefault("upstream"),
      timeouts: timeouts.prefault({}).describe("Deadlines of a call; these win over the provider's."),
    })
    .superRefine((written, context) => {
      if (written.pick === "owner") return;
      const add = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
      if (written.upstreams.length === 0) add("upstreams", "must name at least one provider");
      if (written.otherwise !== undefined) add("otherwise", "is only for pick: owner");
    }),
);
