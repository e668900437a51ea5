import { expect, test } from "bun:test";
import fc from "fast-check";
import { AnswerWriter } from "#src/control/xds/answer-writer.ts";
import { loadMessages } from "#src/control/xds/messages.ts";
import type { Entry, Protocol } from "#src/control/xds/push.ts";
import { RESOURCE_KINDS, type ResourceKind } from "#src/control/xds/resource-types.ts";
import type { XdsResource } from "#src/control/xds/snapshot.ts";

const messages = await loadMessages();
const MESSAGE: Readonly<Record<Protocol, string>> = {
  sotw: "envoy.service.discovery.v3.DiscoveryResponse",
  delta: "envoy.service.discovery.v3.DeltaDiscoveryResponse",
};
const kinds = RESOURCE_KINDS.filter(({ type }) => type === "cds" || type === "eds");

/** Some bytes that can be told from others; how often they were read. */
class Counted implements XdsResource {
  readonly type = "cds";
  readonly body = {};
  readonly name: string;
  readonly version: string;
  reads = 0;
  readonly #bytes: Uint8Array;

  constructor(name: string, connectTimeout: string) {
    this.name = name;
    this.version = connectTimeout;
    this.#bytes = messages.encode("envoy.config.cluster.v3.Cluster", { name, connectTimeout });
  }

  get bytes(): Uint8Array {
    this.reads++;
    return this.#bytes;
  }
}

function entriesOf(resources: readonly XdsResource[]): Entry[] {
  return resources.map((resource) => ({ name: resource.name, resource }));
}

function write(writer: AnswerWriter, protocol: Protocol, kind: ResourceKind, entries: readonly Entry[], nonce: string) {
  const push = { version: "v", entries, introduces: false, retry: false, wanted: new Map() };
  return writer.write(protocol, { kind, nonce, push });
}

const resources = Array.from({ length: 40 }, (_, index) => new Counted(`c${index}`, `${index}s`));
const changed = resources.map((one, index) => (index % 7 === 3 ? new Counted(one.name, "99s") : one));

test("an answer to many clients is encoded once, with a nonce for each", () => {
  const own = resources.map(({ name, version }) => new Counted(name, version));
  const writer = new AnswerWriter();
  const [kind] = kinds as [ResourceKind];
  const nonces = Array.from({ length: 100 }, (_, index) => {
    const bytes = write(writer, "delta", kind, entriesOf(own), String(index));
    return messages.toJson(MESSAGE.delta, bytes)["nonce"];
  });
  expect(nonces).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
  expect(new Set(own.map(({ reads }) => reads))).toEqual(new Set([1]));
  writer.forget();
  write(writer, "delta", kind, entriesOf(own), "last");
  expect(new Set(own.map(({ reads }) => reads))).toEqual(new Set([2]));
});

test("whatever was written before, an answer is what it would be alone", () => {
  const entries = fc
    .record({ from: fc.constantFrom(resources, changed), first: fc.nat(2), count: fc.constantFrom(3, 20, 30) })
    .map(({ from, first, count }) => entriesOf(from.slice(first, first + count)));
  const more = fc.constantFrom<readonly Entry[]>([], [{ name: "gone" }], [{ name: "x", aliases: ["x"] }]);
  const answer = fc.tuple(fc.constantFrom<Protocol>("sotw", "delta"), fc.constantFrom(...kinds), entries, more);
  fc.assert(
    fc.property(fc.array(answer, { minLength: 2, maxLength: 12 }), (answers) => {
      const writer = new AnswerWriter();
      for (const [index, [protocol, kind, some, others]] of answers.entries()) {
        const all = protocol === "delta" ? [...some, ...others] : some;
        const bytes = write(writer, protocol, kind, all, String(index));
        expect(bytes).toEqual(write(new AnswerWriter(), protocol, kind, all, String(index)));
        expect(messages.toJson(MESSAGE[protocol], bytes)).toMatchObject({
          nonce: String(index),
          typeUrl: kind.typeUrl,
        });
      }
    }),
    { numRuns: 60 },
  );
});
