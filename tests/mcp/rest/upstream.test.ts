import { describe, expect, test } from "bun:test";
import { createRestServer } from "#mcp/rest/tools.ts";
import { readRestDocument } from "#mcp/rest/read.ts";
import { upstreamAuth } from "#mcp/auth/upstream/settings.ts";
import type { JsonObject } from "#src/core/json.ts";
import { FakeIssuer } from "#tests/mcp/auth/fake-issuer.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

const DOCUMENT = `
server:
  name: notes
tools:
  - name: add
    args: [{ name: text, position: body }]
    requestTemplate:
      url: http://127.0.0.1:9/notes
      method: POST
      headers: [{ key: Authorization, value: Bearer of-the-document }]
`;

/** Calls the tool of a document; the API answers with these statuses in turn, and repeats what it was shown. */
async function called(document: string, statuses: readonly number[] = [], granted = true): Promise<Outcome> {
  const clock = new FakeClock();
  const issuer = new FakeIssuer(clock);
  issuer.onToken = () =>
    granted
      ? { access_token: `secret-token-${issuer.forms.length}`, token_type: "Bearer" }
      : { status: 401, body: { error: "invalid_client" } };
  const shown: (string | null)[] = [];
  const world = mcpWorld({
    clock,
    fetch: async (url, init) => {
      if (url.startsWith(issuer.issuer)) return issuer.fetch(url, init);
      const sent = new Headers(init.headers).get("authorization");
      shown.push(sent);
      return new Response(`You showed ${sent}.`, { status: statuses[shown.length - 1] ?? 200 });
    },
  });
  const auth = upstreamAuth.parse({ clientCredentials: { issuer: issuer.issuer, client: { id: "gw", secret: "s" } } });
  const server = createRestServer("notes", readRestDocument(document), world, auth);
  const params = { name: "add", arguments: { text: "hello" } };
  try {
    return { shown, result: await server.handle({ method: "tools/call", params }, mcpCall()) };
  } catch (thrown) {
    return { shown, thrown };
  }
}

interface Outcome {
  /** What stood in `authorization`, request by request. */
  readonly shown: readonly (string | null)[];
  readonly result?: JsonObject;
  readonly thrown?: unknown;
}

describe("an API under the gateway's own credentials", () => {
  test("sees those, whatever the document says, and cannot tell them to a model", async () => {
    const { shown, result } = await called(DOCUMENT);
    expect(shown).toEqual(["Bearer secret-token-1"]);
    expect(JSON.stringify(result)).toContain("You showed");
    expect(JSON.stringify(result)).not.toContain("secret-token");
  });

  test("that does not take them is asked once more with new ones", async () => {
    const { shown, result } = await called(DOCUMENT, [401]);
    expect(shown).toEqual(["Bearer secret-token-1", "Bearer secret-token-2"]);
    expect(result?.["isError"]).toBeUndefined();
    expect(JSON.stringify(result)).not.toContain("secret-token");
  });

  test("that never takes them is asked twice, not for ever", async () => {
    const { shown, result } = await called(DOCUMENT, [401, 401, 401]);
    expect(shown).toHaveLength(2);
    expect(result?.["isError"]).toBe(true);
  });

  test("is not asked when there are none", async () => {
    const { shown, thrown } = await called(DOCUMENT, [], false);
    expect(shown).toEqual([]);
    expect(String(thrown)).toContain("could not get credentials");
  });

  test.each(["http://{{.args.text}}/notes", "{{.args.text}}", "http://api.{{.args.text}}.example.com/"])(
    "has a host that the operator wrote: %s is refused",
    async (url) => {
      expect(called(DOCUMENT.replace("http://127.0.0.1:9/notes", `"${url}"`))).rejects.toThrow("must not be made by a");
    },
  );
});
