import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import type { Asked, Expectation } from "./case-file.ts";
import type { EchoBackends, Seen } from "./echo-backends.ts";
import type { PlaneAnswer, PlaneListener, RunningPlane } from "./plane.ts";

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");

const fixture = (name: string): { readonly cert: string; readonly key: string } => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key.pem`),
});

/** Asks what a case says, and compares the answers. */
export async function check(asked: Asked, plane: RunningPlane, backends: EchoBackends): Promise<void> {
  if (asked.expect.refused === true) return refused(asked, plane, backends);
  const answers: PlaneAnswer[] = [];
  const cookies = new Map<string, string>();
  for (let time = 0; time < asked.times; time++) {
    const id = crypto.randomUUID();
    const answer = await send(asked, plane, id, asked.cookies ? cookies : new Map()).catch((error: unknown) => {
      if (statusOf(asked.expect.status, 0) !== 0) throw error;
      return { status: 0, headers: {}, body: "" };
    });
    keep(answer, cookies);
    one(asked.expect, answer);
    if (asked.expect.tries !== undefined) expect(backends.tries(id)).toBe(asked.expect.tries);
    if (asked.expect.mirrored !== undefined) await backends.got(asked.expect.mirrored, id);
    answers.push(answer);
  }
  all(asked.expect, answers);
}

/** Refused in the handshake, or with a status: what TLS is asked of is settled in either. */
async function refused(asked: Asked, plane: RunningPlane, backends: EchoBackends): Promise<void> {
  const id = crypto.randomUUID();
  const status = await send(asked, plane, id, new Map()).then(
    (answer) => answer.status,
    () => 400,
  );
  expect([status, backends.tries(id)]).toEqual([400, 0]);
}

function send(
  { ask, headers, body, client }: Asked,
  plane: RunningPlane,
  id: string,
  cookies: ReadonlyMap<string, string>,
): Promise<PlaneAnswer> {
  const [method = "", address = ""] = ask.split(" ", 2);
  const url = new URL(address);
  const listener: PlaneListener = url.port === "" ? (url.protocol === "https:" ? "https" : "http") : Number(url.port);
  const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
  return plane.request(listener, {
    method,
    secure: url.protocol === "https:",
    // As it is written: URL would resolve what is to be sent.
    path: address.slice(url.protocol.length + 2).replace(/^[^/]*/, "") || "/",
    host: url.host,
    headers: { ...headers, "x-case": id, ...(cookie === "" ? {} : { cookie }) },
    ...(body === undefined ? {} : { body }),
    ...(client === undefined ? {} : { client: typeof client === "string" ? fixture(client) : client }),
  });
}

function keep({ headers }: PlaneAnswer, cookies: Map<string, string>): void {
  const [, name, value] = /^([^=;]+)=([^;]*)/.exec(headers["set-cookie"] ?? "") ?? [];
  if (name !== undefined && value !== undefined) cookies.set(name, value);
}

/** What one answer must be like. Everything is compared at once, so that a failure shows all of it. */
function one(wanted: Expectation, answer: PlaneAnswer): void {
  const seen = echoed(answer);
  const found = {
    status: answer.status,
    headers: picked(wanted.headers, answer.headers),
    ...(wanted.backend === undefined ? {} : { backend: seen?.backend ?? null }),
    ...(wanted.certificate === undefined ? {} : { certificate: answer.certificate }),
    ...(wanted.sees === undefined ? {} : { sees: seenPart(wanted.sees, seen) }),
  };
  const expected = {
    status: statusOf(wanted.status, answer.status),
    headers: patterns(wanted.headers),
    ...(wanted.backend === undefined ? {} : { backend: wanted.backend }),
    ...(wanted.certificate === undefined ? {} : { certificate: wanted.certificate }),
    ...(wanted.sees === undefined ? {} : { sees: { ...wanted.sees, headers: patterns(wanted.sees.headers) } }),
  };
  expect(found as unknown).toEqual(expected);
  if (wanted.body !== undefined) expect(answer.body).toEqual(pattern(wanted.body) as string);
}

/** Of several that are right, the one that came. */
function statusOf(wanted: number | string, came: number): number | string {
  return typeof wanted === "string" && wanted.split("|").includes(String(came)) ? came : wanted;
}

function echoed({ headers, body }: PlaneAnswer): Seen | undefined {
  return headers["x-backend"] === undefined ? undefined : (JSON.parse(body) as Seen);
}

function seenPart(wanted: NonNullable<Expectation["sees"]>, seen: Seen | undefined): unknown {
  const parts = Object.keys(wanted).map((key) => [key, seen?.[key as keyof Seen]] as const);
  return { ...Object.fromEntries(parts), headers: picked(wanted.headers, seen?.headers ?? {}) };
}

function picked(wanted: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>>): unknown {
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, headers[name.toLowerCase()] ?? null]));
}

function patterns(wanted: Readonly<Record<string, string | null>>): unknown {
  return Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => [name, value === null ? null : pattern(value)]),
  );
}

/** `/…/` is an expression for a part of it; all else is the value. */
function pattern(text: string): unknown {
  const [, source] = /^\/(.*)\/$/.exec(text) ?? [];
  return source === undefined ? text : expect.stringMatching(new RegExp(source));
}

/** What all answers together must be like. */
function all({ shares, same }: Expectation, answers: readonly PlaneAnswer[]): void {
  const backends = answers.map((answer) => echoed(answer)?.backend ?? "");
  if (same === true) expect(new Set(backends).size).toBe(1);
  for (const [name, percent] of Object.entries(shares ?? {})) {
    const count = backends.filter((backend) => backend === name).length;
    const share = percent / 100;
    // Five times the deviation of a fair choice: fails by chance once in two million times.
    const slack = share === 0 || share === 1 ? 0 : 5 * Math.sqrt(answers.length * share * (1 - share));
    expect(Math.abs(count - answers.length * share)).toBeLessThanOrEqual(slack);
  }
}
