import { describe, expect, test } from "bun:test";
import { assert, integer, array, property, string, uint8Array } from "fast-check";
import { type Read, readProvider, readRegistration } from "#config/registries/zookeeper/entries.ts";
import {
  closeMessage,
  connectMessage,
  FrameCutter,
  pingMessage,
  Reader,
  requestMessage,
} from "#config/registries/zookeeper/wire.ts";

const PROVIDERS: readonly (readonly [url: string, read: Read])[] = [
  [
    "dubbo://10.0.0.1:20880/com.shop.Orders?version=1.2&group=blue&weight=30&methods=a,b",
    {
      service: "providers:com.shop.Orders:1.2:blue.zookeeper",
      host: "10.0.0.1",
      port: 20_880,
      protocol: "dubbo",
      weight: 30,
      metadata: { version: "1.2", group: "blue", weight: "30", methods: "a,b", protocol: "dubbo" },
    },
  ],
  [
    "tri://10.0.0.1:50051/com.shop.Orders",
    {
      service: "providers:com.shop.Orders:0.0.0:.zookeeper",
      host: "10.0.0.1",
      port: 50_051,
      protocol: "tri",
      weight: 100,
      metadata: { protocol: "tri" },
    },
  ],
  ["dubbo://10.0.0.1:20880/com.shop.Orders?enabled=false", undefined],
  ["dubbo://10.0.0.1:20880/com.shop.Orders?disabled=true", undefined],
  ["rest://10.0.0.1:80/com.shop.Orders", { reason: "is no URL with dubbo:// or tri://" }],
  ["nothing", { reason: "is no URL with dubbo:// or tri://" }],
];

test.each(PROVIDERS)("a provider of Dubbo's: %s", (url, read) => {
  expect(readProvider("com.shop.Orders", encodeURIComponent(url))).toEqual(read);
});

test("a provider whose name is not encoded right is of no use", () => {
  expect(readProvider("com.shop.Orders", "%E0%A4%A")).toEqual({ reason: "is no URL with dubbo:// or tri://" });
});

const SERVICE = "orders.services.zookeeper";
const PLAIN = { service: SERVICE, host: "10.0.0.1", port: 80, metadata: {} };

const REGISTRATIONS: readonly (readonly [what: string, json: unknown, read: Read])[] = [
  ["plain", { address: "10.0.0.1", port: 80, sslPort: null, payload: null }, PLAIN],
  ["only with TLS", { address: "10.0.0.1", port: null, sslPort: 443 }, { ...PLAIN, port: 443, protocol: "https" }],
  [
    "with a protocol",
    { address: "10.0.0.1", port: 80, payload: { metadata: { protocol: "grpc", other: 1 } } },
    { ...PLAIN, metadata: { protocol: "grpc" }, protocol: "grpc" },
  ],
  [
    "a whole application of Dubbo 3",
    {
      address: "10.0.0.1",
      port: 20880,
      payload: { metadata: { "dubbo.endpoints": '[{"port":20880,"protocol":"tri"}]' } },
    },
    { ...PLAIN, port: 20_880, metadata: { "dubbo.endpoints": '[{"port":20880,"protocol":"tri"}]' }, protocol: "tri" },
  ],
  [
    "out of service",
    { address: "a", port: 80, payload: { metadata: { instance_status: "OUT_OF_SERVICE" } } },
    undefined,
  ],
  ["turned off", { address: "a", port: 80, enabled: false }, undefined],
  ["no address", { port: 80 }, { reason: "is no JSON of an instance" }],
];

test.each(REGISTRATIONS)("an instance as Curator writes it: %s", (_what, json, read) => {
  expect(readRegistration(SERVICE, JSON.stringify(json))).toEqual(read);
});

describe("the wire", () => {
  test("frames come out as they went in, wherever the stream is cut", () => {
    const frames = array(uint8Array({ maxLength: 40 }), { maxLength: 6 });
    assert(
      property(frames, array(integer({ min: 1, max: 30 })), (written, sizes) => {
        const heads = written.map((frame) => {
          const head = Buffer.alloc(4);
          head.writeInt32BE(frame.length);
          return Buffer.concat([head, frame]);
        });
        const cutter = new FrameCutter(1000);
        const read: string[] = [];
        let rest = Buffer.concat(heads);
        for (const size of [...sizes, rest.length]) {
          for (const frame of cutter.cut(rest.subarray(0, size))) read.push(frame.toString("hex"));
          rest = rest.subarray(size);
        }
        expect(read).toEqual(written.map((frame) => Buffer.from(frame).toString("hex")));
      }),
    );
  });

  test.each([[1001], [-1], [0x7fffffff]])("a frame of %d bytes is refused", (size) => {
    const head = Buffer.alloc(4);
    head.writeInt32BE(size);
    expect(() => [...new FrameCutter(1000).cut(head)]).toThrow(RangeError);
  });

  test("what a message says is within it, or it is refused", () => {
    assert(
      property(uint8Array({ maxLength: 60 }), (bytes) => {
        const reader = new Reader(Buffer.from(bytes));
        try {
          for (const text of reader.texts()) expect(text.length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  test("texts are read as they were written", () => {
    assert(
      property(string({ unit: "grapheme" }), (path) => {
        const message = requestMessage(7, "getData", path);
        const reader = new Reader(message.subarray(4));
        expect(message.readInt32BE(0)).toBe(message.length - 4);
        expect([reader.int(), reader.int(), reader.text()]).toEqual([7, 4, path]);
      }),
    );
  });

  test("messages without a path have their lengths", () => {
    const messages = [connectMessage(10_000), pingMessage(), closeMessage(1)];
    expect(messages.map((message) => [message.length, message.readInt32BE(0)])).toEqual([
      [49, 45],
      [12, 8],
      [12, 8],
    ]);
  });
});
