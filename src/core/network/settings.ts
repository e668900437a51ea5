import { z } from "zod";
import { Complaint, checkedText, flag } from "../settings/scalars.ts";
import { list, makes } from "../settings/shapes.ts";
import { parseCidr } from "./address.ts";

/** Where requests may go besides public addresses and the hosts that the configuration names itself. */
export interface NetworkSettings {
  readonly allow: readonly string[];
  readonly allowPrivate: boolean;
}

const HOST = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i;

const place: z.ZodType<string> = checkedText(
  { description: "A host.", examples: ["10.0.0.0/8", "files.corp.example", "*.corp.example"] },
  (value) => {
    if (parseCidr(value) !== undefined) return value;
    return HOST.test(value) && !/^[\d.]+$/.test(value)
      ? value.toLowerCase()
      : new Complaint(
          "is no host, address or block of addresses",
          "as in files.corp.example, *.corp.example, 10.0.0.0/8",
        );
  },
);

/** The field `network`. */
export const networkSchema: z.ZodType<NetworkSettings> = makes<NetworkSettings>()(
  z.strictObject({
    allow: list(
      place,
      "Hosts, addresses and blocks of addresses that requests may go to although they are private, or a cloud's metadata service.",
    ).default([]),
    allowPrivate: flag(
      "Hosts that come from arguments, redirects and documents may be at private addresses. Link-local and metadata addresses stay closed.",
    ).default(false),
  }),
);

/** What holds when nothing is set. */
export const CLOSED_NETWORK: NetworkSettings = { allow: [], allowPrivate: false };
