import { expect, test } from "bun:test";
import { anything, assert, property } from "fast-check";
import { Fault } from "#src/core/fault.ts";
import type { JsonObject } from "#src/core/json.ts";
import { gemini } from "#src/protocols/gemini/index.ts";
import { strangeObject } from "#tests/support/strange-json.ts";

function onlyFaults(run: () => unknown): void {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Fault);
  }
}

test("strange answers, requests and errors end in nothing but a Fault", () => {
  assert(
    property(strangeObject(), anything(), (part, error) => {
      const body: JsonObject = { candidates: [{ ...part, content: { parts: [part] }, finishReason: "STOP" }] };
      onlyFaults(() => gemini.response.decode(body));
      onlyFaults(() =>
        gemini.request.decode(
          { contents: [{ parts: [part] }], generationConfig: part, tools: [part] },
          { model: "m", stream: false },
        ),
      );
      expect(gemini.error.decode(500, new Headers(), error)).toBeInstanceOf(Fault);
      gemini.stream.decoder().step({ event: "", data: JSON.stringify(body) });
    }),
  );
});
