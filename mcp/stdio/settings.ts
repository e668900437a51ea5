import { z } from "zod";
import type { BackOffSettings } from "../linked/back-off.ts";
import type { Era } from "../remote/era.ts";
import { anyText, checkedText, Complaint, duration, integer, size, text } from "#src/core/settings/scalars.ts";
import { list, makes, table, word } from "#src/core/settings/shapes.ts";

/** A local process as a server. */
export interface StdioSettings {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly inheritEnv: readonly string[];
  readonly cwd?: string;
  readonly mode: "shared" | "session";
  readonly era: "auto" | Era;
  readonly restart: BackOffSettings;
  readonly idleStop: number;
  readonly startTimeout: number;
  readonly timeout: number;
  readonly stopGrace: number;
  readonly maxProcesses: number;
  readonly maxPending: number;
  readonly maxMessageSize: number;
  readonly stderr: "log" | "ignore";
}

/** What programs need to find their way about; no secret is among them. */
const USUAL = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ", "TMPDIR"];

const variable = checkedText({ description: "The name of an environment variable." }, (value) =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) ? value : new Complaint("is no name of an environment variable"),
);

const RESTART: BackOffSettings = { initialDelay: 500, maxDelay: 30_000, resetAfter: 60_000 };

const restart: z.ZodType<BackOffSettings> = makes<BackOffSettings>()(
  z
    .strictObject({
      initialDelay: duration("The wait before the second attempt; each further one waits twice as long.", 1).default(
        RESTART.initialDelay,
      ),
      maxDelay: duration("The longest wait.", 1).default(RESTART.maxDelay),
      resetAfter: duration("How long a process must have run for the waits to begin anew.", 1).default(
        RESTART.resetAfter,
      ),
    })
    .describe("How a process that ended is started again. The first attempt comes at once, with the next request."),
);

/** The field `stdio`. */
export const stdioSettings: z.ZodType<StdioSettings> = makes<StdioSettings>()(
  z.strictObject({
    command: text("The program: a name on the PATH, or a path, relative to `cwd`."),
    args: list(anyText("An argument."), "Its arguments.").default([]),
    env: table(anyText("A value."), "Variables of its environment, by name.").default({}),
    inheritEnv: list(
      variable,
      "The variables it gets from the gateway's own environment, by name. No others: the gateway's keys stay with the gateway.",
    ).default(USUAL),
    cwd: text("The folder it runs in; the configuration's when left out.").exactOptional(),
    mode: word(
      ["shared", "session"],
      "shared: one process for all clients. session: one for each session of a client (clients without sessions share one).",
    ).default("shared"),
    era: word(
      ["auto", "modern", "legacy"],
      "What it speaks: modern is 2026-07-28, legacy are the revisions with sessions; auto finds out.",
    ).default("auto"),
    restart: restart.default(RESTART),
    idleStop: duration("How long a process is kept that nobody uses; 0 keeps it.").default(600_000),
    startTimeout: duration("How long it may take until it has introduced itself.", 1).default(30_000),
    timeout: duration("How long it may be silent on a request; 0 is no limit.").default(300_000),
    stopGrace: duration("How long it has to end, when asked and again when told, before it is killed.", 1).default(
      2000,
    ),
    maxProcesses: integer("The most processes at a time, in mode session.", 1, 10_000).default(32),
    maxPending: integer("The most requests that wait for a process at a time.", 1, 100_000).default(1000),
    maxMessageSize: size("The most one message may hold.").default(16 * 2 ** 20),
    stderr: word(["log", "ignore"], "What becomes of what it says on its standard error.").default("log"),
  }),
);
