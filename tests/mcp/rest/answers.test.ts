import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { deadAddress } from "#tests/support/backend.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { RawServer } from "#tests/support/raw-server.ts";
import { ApiStage, WAYS } from "./api-stage.ts";
import { textOf } from "./called.ts";

describe.each(WAYS)("by %s", (_, make) => {
  let stage: ApiStage;
  beforeAll(() => {
    stage = new ApiStage(make());
  });
  afterAll(() => stage.close());

  describe("an answer becomes a result", () => {
    test("as it is, by a template, or with text around it", async () => {
      expect(await stage.call("/text")).toEqual({ content: [{ type: "text", text: "plain" }] });
      expect(
        textOf(
          await stage.call(
            "/weather",
            'responseTemplate: { body: "{{.city}}:{{range .days}} {{.t}}{{end}} {{gjson `days.#`}}" }',
          ),
        ),
      ).toBe("Oslo: 3.1 -1 2");
      expect(textOf(await stage.call("/text", 'responseTemplate: { prependBody: "<", appendBody: ">" }'))).toBe(
        "<plain>",
      );
    });

    test("nothing is a success", async () => {
      expect(textOf(await stage.call("/empty"))).toBe("success");
      expect(textOf(await stage.call("/empty", 'responseTemplate: { body: "{{.a}}" }'))).toBe("success");
      const structured = await stage.call("/empty", "outputSchema: { type: object }");
      expect([structured["structuredContent"], structured["isError"]]).toEqual([{}, undefined]);
    });

    test("a picture is shown as one, other bytes are a file, and a charset counts", async () => {
      expect(await stage.call("/image")).toEqual({ content: [{ type: "image", data: "AQL/", mimeType: "image/png" }] });
      expect(await stage.call("/pdf")).toEqual({
        content: [{ type: "resource", resource: { uri: "tool:t/answer", mimeType: "application/pdf", blob: "//4A" } }],
      });
      expect(textOf(await stage.call("/latin"))).toBe("café");
    });

    test("with a schema it has structure", async () => {
      expect((await stage.call("/weather", "outputSchema: { type: object }"))["structuredContent"]).toMatchObject({
        city: "Oslo",
        n: 12,
      });
      expect((await stage.call("/list", "outputSchema: { type: array }"))["structuredContent"]).toEqual({
        data: [1, 2],
      });
      expect(await stage.call("/text", "outputSchema: { type: object }")).toMatchObject({
        isError: true,
        content: [{ text: "plain" }],
      });
    });

    test("a long one is cut where the tool says so", async () => {
      expect(textOf(await stage.call("/text", "responseTemplate: { maxBytes: 3 }"))).toBe(
        "pla\n[cut here: 2 of 5 bytes are left out]",
      );
    });

    test("a template over what is not JSON says so", async () => {
      const result = await stage.call("/text", 'responseTemplate: { body: "{{.a}}" }');
      expect(result["isError"]).toBe(true);
      expect(textOf(result)).toContain("the answer is not JSON: plain");
    });
  });

  describe("a status outside of 200 to 299 is an error", () => {
    test("in Higress' words, or by the tool's template", async () => {
      expect(await stage.call("/html")).toEqual({
        content: [{ type: "text", text: "call failed, status: 404, response: <html>gone</html>" }],
        isError: true,
      });
      const template =
        'errorResponseTemplate: "{{gjson \\"_headers.\\\\\\\\:status\\"}} {{gjson \\"_headers.x-ca-error-code\\"}} {{.data.value}}"';
      expect(await stage.call("/fail", template)).toEqual({
        content: [{ type: "text", text: "500 E1 7" }],
        isError: true,
      });
      expect(textOf(await stage.call("/html", 'errorResponseTemplate: "{{.none}}"'))).toBe(
        "call failed, status: 404, response: <html>gone</html>",
      );
    });
  });

  describe("what goes wrong on the way is told without inner detail", () => {
    test("nobody listens", async () => {
      const result = await stage.called(
        stage.document("/", `requestTemplate: { url: "http://${deadAddress()}/" }`),
        "t",
        {},
      );
      expect(result).toEqual({
        content: [
          { type: "text", text: "The API could not be reached, or broke off its answer. Trying again later may help." },
        ],
        isError: true,
      });
    });

    test("the answer is cut off, or no HTTP", async () => {
      for (const bytes of ["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", "nonsense\r\n\r\n"]) {
        const server = await RawServer.start();
        try {
          const result = stage.called(stage.document("/", `requestTemplate: { url: "${server.origin}/" }`), "t", {});
          const peer = await server.peer(0);
          await peer.request();
          await peer.send(bytes);
          peer.socket.destroy();
          expect((await result)["isError"]).toBe(true);
          expect(textOf(await result)).toContain("could not be reached, or broke off");
        } finally {
          server.close();
        }
      }
    });

    test("it is too large", async () => {
      expect(textOf(await stage.call("/huge"))).toContain("more than 16 MiB");
    });

    test("it takes too long", async () => {
      const clock = new FakeClock();
      const result = stage.called(stage.document("/slow", "", "name: s\ntimeout: 700"), "t", {}, {}, { clock });
      while (clock.pending === 0) await Promise.resolve();
      clock.advance(700);
      expect(await result).toEqual({
        content: [{ type: "text", text: "The API did not answer within 700 ms." }],
        isError: true,
      });
    });

    test("a client that leaves ends the request", async () => {
      const left = new AbortController();
      const before = stage.api.seen.length;
      const result = stage.called(stage.document("/slow"), "t", {}, { signal: left.signal });
      while (stage.api.seen.length === before) await new Promise((resolve) => setImmediate(resolve));
      left.abort(new Error("gone"));
      expect(await result.catch((error: unknown) => error)).toBeInstanceOf(Error);
    });
  });
});
