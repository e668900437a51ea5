import { z } from "zod";
import type { ClientSettings } from "../../oauth-settings.ts";
import { CLIENT_METHODS } from "../../oauth-settings.ts";
import type { RecordKind } from "./records.ts";

/** Whose token it is, of which authorization server, for what: tokens of one are nothing for another. */
export interface Connection {
  readonly subject: string;
  readonly issuer: string;
  /** Empty where there is none. */
  readonly resource: string;
}

/** A client as it is kept; of a configured one its id alone. */
export type KeptClient = Pick<ClientSettings, "id" | "secret" | "method">;

/** A user's token. */
export interface UserToken {
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Both Unix milliseconds. */
  readonly grantedAt: number;
  readonly expiresAt: number;
  /** What was granted, and what the user was asked for. */
  readonly granted: readonly string[];
  readonly asked: readonly string[];
  readonly client: KeptClient;
}

/** A user's sign-in that has begun. Its id is in the link. */
export interface Ticket extends Connection {
  readonly scopes: readonly string[];
  /** What the MCP client calls itself. */
  readonly clientName: string;
}

/** The browser that a ticket's page is shown in, when its user is known to be the ticket's. */
export interface KnownBrowser {
  /** The hash of its cookie. */
  readonly browser: string;
}

/** A browser on its way to sign in to the gateway. Its id is the `state`. */
export interface LoginTrip extends KnownBrowser {
  readonly ticket: string;
  readonly verifier: string;
  readonly nonce: string;
}

/** A browser on its way to the upstream's authorization server. Its id is the `state`. */
export interface ConsentTrip extends KnownBrowser {
  readonly ticket: string;
  readonly verifier: string;
  readonly issuer: string;
  readonly client: KeptClient;
}

const texts = z.array(z.string()).readonly();
const client = z.object({
  id: z.string(),
  secret: z.string().exactOptional(),
  method: z.enum(CLIENT_METHODS).exactOptional(),
});

export const USER_TOKEN: RecordKind<UserToken> = {
  name: "token",
  schema: z.object({
    accessToken: z.string(),
    refreshToken: z.string().exactOptional(),
    grantedAt: z.number(),
    expiresAt: z.number(),
    granted: texts,
    asked: texts,
    client,
  }),
};

export const TICKET: RecordKind<Ticket> = {
  name: "ticket",
  schema: z.object({
    subject: z.string(),
    issuer: z.string(),
    resource: z.string(),
    scopes: texts,
    clientName: z.string(),
  }),
};

export const KNOWN_BROWSER: RecordKind<KnownBrowser> = {
  name: "browser",
  schema: z.object({ browser: z.string() }),
};

export const LOGIN_TRIP: RecordKind<LoginTrip> = {
  name: "login",
  schema: z.object({ ticket: z.string(), browser: z.string(), verifier: z.string(), nonce: z.string() }),
};

export const CONSENT_TRIP: RecordKind<ConsentTrip> = {
  name: "consent",
  schema: z.object({ ticket: z.string(), browser: z.string(), verifier: z.string(), issuer: z.string(), client }),
};

export const REGISTERED_CLIENT: RecordKind<KeptClient> = { name: "client", schema: client };
