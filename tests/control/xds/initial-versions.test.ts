import { expect, test } from "bun:test";
import fc from "fast-check";
import { takeVersions } from "#src/control/xds/initial-versions.ts";
import { loadMessages } from "#src/control/xds/messages.ts";

const messages = await loadMessages();
const REQUEST = "envoy.service.discovery.v3.DeltaDiscoveryRequest";

test("what a client says it has is read as protobuf would, and the rest stays as it is", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 });
  const fields = fc.record({
    node: fc.record({ id: text, cluster: text }),
    typeUrl: text,
    responseNonce: text,
    resourceNamesSubscribe: fc.array(text, { maxLength: 4 }),
    initialResourceVersions: fc.dictionary(text, text, { maxKeys: 6, noNullPrototype: true }),
  });
  fc.assert(
    fc.property(fields, (request) => {
      const { initialResourceVersions: said, ...others } = request;
      const { versions, rest } = takeVersions(messages.encode(REQUEST, request));
      expect(versions).toEqual(new Map(Object.entries(said)));
      expect(rest).toEqual(messages.encode(REQUEST, others));
    }),
  );
});

test("bytes that are no message are refused", () => {
  const bytes = messages.encode(REQUEST, { initialResourceVersions: { a: "1" }, responseNonce: "n" });
  expect(() => takeVersions(bytes.subarray(0, -1))).toThrow();
});
