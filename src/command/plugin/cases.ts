import { z } from "zod";
import { anyText, integer, name, text } from "#src/core/settings/scalars.ts";
import { list, makes, table } from "#src/core/settings/shapes.ts";

/** What a plugin's test file holds; docs/plugin-authors.md shows one. */
export interface PluginCases {
  readonly config: Readonly<Record<string, unknown>>;
  readonly cases: readonly PluginCase[];
}

/** One request and what shall become of it. */
export interface PluginCase {
  readonly name: string;
  /** In place of the file's. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly request: CaseRequest;
  /** What the upstream answers. */
  readonly upstream: CaseAnswer;
  /** What call-outs are answered, by a service's name or an origin; others find nobody. */
  readonly callouts: Readonly<Record<string, CaseAnswer>>;
  readonly expect: CaseExpectation;
}

/** A request as a client sends it. */
export interface CaseRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer. */
export interface CaseAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What has to hold. What is left out may be anything. */
export interface CaseExpectation {
  readonly status?: number;
  /** `null`: not there. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string;
  /** What the upstream is asked; `null`: it is not asked. */
  readonly upstream?: ExpectedRequest | null;
  /** Every hook, call-out and line of the log, in order, as {@link runCase} writes them. */
  readonly trace?: readonly string[];
}

/** A request as the upstream gets it. */
export interface ExpectedRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string;
}

const headers = table(anyText("A value."), "Header lines.");
const expectedHeaders = z.record(z.string(), z.string().nullable());

const answer: z.ZodType<CaseAnswer> = makes<CaseAnswer>()(
  z.strictObject({
    status: integer("The status.", 200, 599).prefault(200),
    headers: headers.prefault({}),
    body: anyText("The body.").prefault(""),
  }),
);

const request: z.ZodType<CaseRequest> = makes<CaseRequest>()(
  z.strictObject({
    method: text("The method.").prefault("GET"),
    path: text("The path, with the query.").prefault("/"),
    headers: headers.prefault({}),
    body: anyText("The body.").exactOptional(),
  }),
);

const expectedRequest: z.ZodType<ExpectedRequest> = makes<ExpectedRequest>()(
  z.strictObject({
    method: text("The method.").exactOptional(),
    path: text("The path, with the query.").exactOptional(),
    headers: expectedHeaders.exactOptional(),
    body: anyText("The body.").exactOptional(),
  }),
);

const expectation: z.ZodType<CaseExpectation> = makes<CaseExpectation>()(
  z.strictObject({
    status: integer("The status.", 200, 599).exactOptional(),
    headers: expectedHeaders.exactOptional(),
    body: anyText("The body.").exactOptional(),
    upstream: expectedRequest.nullable().exactOptional(),
    trace: list(text("A step."), "Steps.").exactOptional(),
  }),
);

const options = z.record(z.string(), z.unknown());

const oneCase: z.ZodType<PluginCase> = makes<PluginCase>()(
  z.strictObject({
    name: name("What is shown."),
    config: options.exactOptional(),
    request: request.prefault({}),
    upstream: answer.prefault({}),
    callouts: table(answer, "Answers.").prefault({}),
    expect: expectation,
  }),
);

/** The schema of a plugin's test file. */
export const pluginCases: z.ZodType<PluginCases> = makes<PluginCases>()(
  z.strictObject({ config: options.prefault({}), cases: z.array(oneCase).min(1) }),
);
