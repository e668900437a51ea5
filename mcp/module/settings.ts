import { z } from "zod";
import { checkedText, Complaint, duration, integer, text } from "#src/core/settings/scalars.ts";
import { makes } from "#src/core/settings/shapes.ts";

/** A module that makes a server. */
export interface ModuleSettings {
  readonly file: string;
  readonly export: string;
  readonly timeout: number;
  readonly maxSessions: number;
}

const DEFAULTS = { export: "default", timeout: 300_000, maxSessions: 10_000 };

const file = text("A TypeScript or JavaScript file, relative to the configuration.");

const written: z.ZodType<ModuleSettings> = makes<ModuleSettings>()(
  z.strictObject({
    file,
    export: checkedText({ description: "The export that makes the server." }, (value) =>
      /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(value) ? value : new Complaint("is no name of an export"),
    ).default(DEFAULTS.export),
    timeout: duration("How long it may be silent on a request; 0 is no limit.").default(DEFAULTS.timeout),
    maxSessions: integer(
      "The most servers at a time of a factory that makes one for each session.",
      1,
      1_000_000,
    ).default(DEFAULTS.maxSessions),
  }),
);

/** The field `module`: a file, or the settings. */
export const moduleSettings: z.ZodType<ModuleSettings> = z
  .union([file.transform((path): ModuleSettings => ({ file: path, ...DEFAULTS })), written])
  .describe("A server written in TypeScript with MCP's SDK, run within the gateway.");
