import { expect, test } from "bun:test";
import { classifyFailure, failureDetail } from "#src/core/fetch-failure.ts";

const coded = (code: string): Error => Object.assign(new TypeError(`${code}: some words`), { code });

/** As Deno words them. */
const deno = (why: string): Error =>
  new TypeError("fetch failed", {
    cause: new Error(`error sending request for url (http://10.0.0.1:1/a?key=secret): client error (${why}): more`),
  });

test.each(["ECONNREFUSED", "ENOTFOUND", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_CERT_ALTNAME_INVALID"])(
  "%s: no connection",
  (code) => {
    expect(classifyFailure(coded(code))).toBe("connect");
  },
);

test.each(["ECONNRESET", "ERR_SOMETHING_NEW"])("%s: perhaps something arrived", (code) => {
  expect(classifyFailure(coded(code))).toBe("reset");
});

test("Deno's words are told apart, what is odd counts as arrived", () => {
  expect(classifyFailure(deno("Connect"))).toBe("connect");
  for (const odd of [deno("SendRequest"), new Error("odd"), "odd", undefined, null]) {
    expect(classifyFailure(odd)).toBe("reset");
  }
});

test("the log learns the code or the words, never the URL", () => {
  expect(failureDetail(coded("ECONNRESET"))).toBe("ECONNRESET");
  expect(failureDetail(deno("Connect"))).toContain("client error (Connect)");
  expect(failureDetail(deno("Connect"))).not.toContain("secret");
  expect(failureDetail(42)).toBe("unknown failure");
});

test("what the runtime says is understood", async () => {
  const refused: unknown = await fetch("http://127.0.0.1:1/").catch((error: unknown) => error);
  expect(classifyFailure(refused)).toBe("connect");
});
