import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type ServiceError,
  type StatusObject,
  Client,
  status,
} from "@grpc/grpc-js";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";

const FILES = join(import.meta.dir, "../fixtures/tls");
const file = (name: string): Buffer => readFileSync(join(FILES, name));

const bytes = (value: Buffer): Buffer => value;
const method = (path: string, stream: boolean) => ({
  path,
  requestStream: stream,
  responseStream: stream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});

/** A service of bytes: `Say` answers what it got, `Fail` with a status, `Talk` word by word. */
const SHOP = {
  Say: method("/shop.Shop/Say", false),
  Fail: method("/shop.Shop/Fail", false),
  Talk: method("/shop.Shop/Talk", true),
} satisfies ServiceDefinition;

async function grpcServer(secure: boolean): Promise<{ readonly port: number; readonly server: Server }> {
  const server = new Server();
  server.addService(SHOP, {
    Say(call: { request: Buffer; metadata: Metadata }, done: (error: null, value: Buffer, trailer: Metadata) => void) {
      const trailer = new Metadata();
      trailer.set("x-trailer", String(call.metadata.get("x-asked")[0]));
      done(null, Buffer.from(`said ${call.request.toString()}`), trailer);
    },
    Fail: (_: unknown, done: (error: Partial<StatusObject>) => void) =>
      done({ code: status.FAILED_PRECONDITION, details: "the shop is closed: näher" }),
    Talk(call: ServerDuplexStream<Buffer, Buffer>) {
      call.on("data", (word: Buffer) => call.write(Buffer.from(word.toString().toUpperCase())));
      call.on("end", () => call.end());
    },
  });
  const pair = [{ cert_chain: file("a.test.pem"), private_key: file("a.test.key.pem") }];
  const creds = secure ? ServerCredentials.createSsl(null, pair) : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", creds, (error, bound) => (error === null ? resolve(bound) : reject(error))),
  );
  return { port, server };
}

/** gRPC through the gateway, with and without TLS on both sides. */
describe.each([
  ["bun", false],
  ["bun", true],
  ["deno", false],
  ["deno", true],
] as const)("on %s, TLS: %p", (runtime, secure) => {
  let gateway: Gateway;
  let upstream: Awaited<ReturnType<typeof grpcServer>>;
  let client: Client;

  beforeAll(async () => {
    upstream = await grpcServer(secure);
    const tls = { certificates: [{ cert: join(FILES, "loopback.pem"), key: join(FILES, "loopback.key.pem") }] };
    gateway = await startGateway({
      runtime,
      config: {
        listeners: [{ host: "127.0.0.1", port: 0, ...(secure ? { tls } : {}) }],
        admin: { port: 0 },
        services: [
          {
            name: "shop",
            protocol: secure ? "grpcs" : "grpc",
            endpoints: [`127.0.0.1:${upstream.port}`],
            ...(secure ? { tls: { ca: join(FILES, "a.test.pem"), sni: "a.test" } } : {}),
          },
          { name: "closed", protocol: "grpc", endpoints: [] },
        ],
        routes: [
          { name: "shop", match: { path: { prefix: "/shop.Shop" } }, http: { services: [{ name: "shop" }] } },
          { name: "closed", match: { path: { prefix: "/closed.Shop" } }, http: { services: [{ name: "closed" }] } },
          { name: "web", match: { path: { prefix: "/web" } }, response: { status: 200, body: "web" } },
        ],
      },
    });
    const { port } = new URL(gateway.origin);
    const trusted = secure ? credentials.createSsl(file("authority.pem")) : credentials.createInsecure();
    client = new Client(`localhost:${port}`, trusted);
  });

  afterAll(async () => {
    client.close();
    upstream.server.forceShutdown();
    await gateway.stop();
  });

  interface Said {
    readonly value?: string | undefined;
    readonly error?: ServiceError | undefined;
    readonly status: StatusObject;
  }

  function say(path: string, text: string): Promise<Said> {
    const metadata = new Metadata();
    metadata.set("x-asked", "yes");
    return new Promise((resolve) => {
      let heard: Omit<Said, "status"> = {};
      client
        .makeUnaryRequest(path, bytes, bytes, Buffer.from(text), metadata, (error, value) => {
          heard = { value: value?.toString(), ...(error === null ? {} : { error }) };
        })
        .on("status", (end) => setImmediate(() => resolve({ ...heard, status: end })));
    });
  }

  test("a call, its answer and what comes after it", async () => {
    const { value, status: end } = await say("/shop.Shop/Say", "hello");
    expect([value, end.code, end.metadata.get("x-trailer")]).toEqual(["said hello", status.OK, ["yes"]]);
    const long = "x".repeat(300_000);
    expect((await say("/shop.Shop/Say", long)).value).toBe(`said ${long}`);
  });

  test("a call that fails has the service's words", async () => {
    const { error } = await say("/shop.Shop/Fail", "");
    expect([error?.code, error?.details]).toEqual([status.FAILED_PRECONDITION, "the shop is closed: näher"]);
  });

  test("words go both ways at once", async () => {
    const call = client.makeBidiStreamRequest("/shop.Shop/Talk", bytes, bytes);
    const heard: string[] = [];
    const over = new Promise<StatusObject>((resolve) => call.on("status", resolve));
    for (const word of ["one", "two", "three"]) {
      const answered = new Promise<void>((resolve) =>
        call.once("data", (answer: Buffer) => {
          heard.push(answer.toString());
          resolve();
        }),
      );
      call.write(Buffer.from(word));
      await answered;
    }
    call.end();
    expect([heard, (await over).code]).toEqual([["ONE", "TWO", "THREE"], status.OK]);
  });

  test("the gateway's own errors are gRPC's", async () => {
    const closed = await say("/closed.Shop/Say", "");
    expect([closed.error?.code, closed.error?.details]).toEqual([
      status.UNAVAILABLE,
      'The service "closed" has no endpoint.',
    ]);
    expect((await say("/none.Shop/Say", "")).error?.code).toBe(status.UNIMPLEMENTED);
  });

  test("HTTP/1.1 on the same port", async () => {
    const tls = secure ? { tls: { rejectUnauthorized: false } } : {};
    for (let time = 0; time < 2; time++) {
      const answer = await fetch(`${gateway.origin}/web`, tls);
      expect(await answer.text()).toBe("web");
    }
  });
});
