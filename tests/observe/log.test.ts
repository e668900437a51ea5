import { describe, expect, test } from "bun:test";
import { assert, property, string } from "fast-check";
import { AccessLog, accessLine } from "#src/observe/access-log.ts";
import { LineWriter, type LineWriterOptions } from "#src/observe/line-writer.ts";
import { createLog } from "#src/observe/log.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { record } from "./records.ts";

/** A writer whose sink takes nothing until `take` is called. */
function setUp(options: Partial<LineWriterOptions> = {}) {
  const clock = new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const writes: string[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const writer = new LineWriter({
    clock,
    sink: (text, done) => {
      writes.push(text);
      waiting.push(done);
    },
    ...options,
  });
  return { clock, writer, writes, take: (error?: Error) => waiting.shift()?.(error) };
}

describe("access line", () => {
  test("everything that is known, by its name", () => {
    const line = accessLine(record({ losses: [{ field: "top_k", kind: "dropped", detail: "no such field" }] }));
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      time: "2026-01-02T03:04:05.678Z",
      request_id: "req_1",
      method: "POST",
      host: "api.example.com",
      path: "/v1/chat/completions",
      route: "chat",
      protocol: "openai-chat",
      provider: "claude",
      upstream_protocol: "anthropic-messages",
      model_asked: "gpt-4o",
      model_used: "claude-sonnet-4-5",
      consumer: "alice",
      stream: true,
      status: 200,
      request_bytes: 812,
      response_bytes: 2048,
      time_to_headers_ms: 50.25,
      time_to_first_token_ms: 60,
      total_ms: 1060.123,
      input_tokens: 100,
      output_tokens: 51,
      cached_input_tokens: 10,
      cache_write_tokens: 5,
      reasoning_tokens: 7,
      finish_reason: "stop",
      loss: [{ field: "top_k", kind: "dropped", detail: "no such field" }],
      attempts: [
        { upstream: "claude", credential: "claude#1", model: "claude-sonnet-4-5", status: 200, duration_ms: 50.333 },
      ],
    });
  });

  test("what is not known is left out", () => {
    const line = accessLine({
      id: "req_2",
      time: 0,
      startedAt: 0,
      method: "GET",
      host: "",
      path: "/",
      status: 404,
      requestBytes: 0,
      responseBytes: 10,
      losses: [],
      attempts: [],
      fault: "route_not_found",
      detail: "why",
    });
    expect(Object.keys(JSON.parse(line)).join()).toBe(
      "time,request_id,method,host,path,status,request_bytes,response_bytes,fault,detail",
    );
  });

  test("a line has its bounds, whatever a client sends", () => {
    const losses = Array.from({ length: 5000 }, (_, index) => ({ field: `f${index}`, kind: "dropped" as const }));
    losses[0] = { field: "f".repeat(1_000_000), kind: "dropped" };
    const line = accessLine(record({ modelAsked: "m".repeat(1_000_000), path: "p".repeat(1_000_000), losses }));
    expect(line.length).toBeLessThan(11_000);
    expect(JSON.parse(line)).toMatchObject({ model_asked: `${"m".repeat(1024)}…`, loss_count: 5000 });
    expect(JSON.parse(line).loss).toHaveLength(100);
  });

  test("whatever a client writes stays one line of JSON", () => {
    assert(
      property(string({ unit: "binary" }), (text) => {
        const line = accessLine(record({ path: text, modelAsked: text, detail: text }));
        expect(line).not.toMatch(/[\n\r]/);
        expect(JSON.parse(line)).toMatchObject({ path: text, model_asked: text, detail: text });
      }),
    );
  });
});

test("a record becomes a line", () => {
  const { writer, writes, clock } = setUp();
  new AccessLog(writer).done(record());
  clock.advance(10);
  expect(writes).toEqual([`${accessLine(record())}\n`]);
});

describe("writing", () => {
  test("lines that come together go out together", () => {
    const { writer, writes, clock } = setUp();
    writer.write("a");
    writer.write("b");
    expect(writes).toEqual([]);
    clock.advance(10);
    expect(writes).toEqual(["a\nb\n"]);
  });

  test("a full batch does not wait", () => {
    const { writer, writes } = setUp({ batch: 6 });
    writer.write("aa");
    writer.write("bb");
    expect(writes).toEqual(["aa\nbb\n"]);
  });

  test("while one write is under way the others gather", () => {
    const { writer, writes, clock, take } = setUp({ batch: 1 });
    for (const line of ["a", "b", "c"]) writer.write(line);
    clock.advance(1000);
    expect(writes).toEqual(["a\n"]);
    take();
    expect(writes).toEqual(["a\n", "b\nc\n"]);
  });

  test("a sink that stalls costs lines, not memory, and the loss is told", async () => {
    const { writer, writes, take } = setUp({ batch: 1, limit: 9 });
    for (const line of ["first", "second", "third", "fourth"]) writer.write(line);
    take();
    take();
    writer.write("fifth");
    writer.write("6");
    expect(writes).toEqual(["first\n", "second\n", '{"time":"2026-01-02T03:04:05.000Z","lines_dropped":2}\nfifth\n']);
    take();
    take();
    expect(writes.at(-1)).toBe("6\n");
  });

  test("flush waits for everything", async () => {
    const { writer, writes, take } = setUp();
    await writer.flush();
    writer.write("a");
    const flushed = writer.flush();
    writer.write("b");
    take();
    take();
    await flushed;
    expect(writes).toEqual(["a\n", "b\n"]);
  });

  test("after a broken sink nothing is kept and flush still ends", async () => {
    const { writer, writes, take } = setUp({ batch: 1 });
    writer.write("a");
    writer.write("b");
    const flushed = writer.flush();
    take(new Error("EPIPE"));
    await flushed;
    writer.write("c");
    await writer.flush();
    expect(writes).toEqual(["a\n"]);
  });
});

describe("the gateway's own log", () => {
  function lines(format: "json" | "text", use: (log: ReturnType<typeof createLog>) => void): string {
    const { writer, writes, clock } = setUp();
    use(createLog(writer, clock, format));
    clock.advance(10);
    return writes.join("");
  }

  test("JSON for machines", () => {
    const text = lines("json", (log) => {
      log.info("Listening.", { port: 8080, absent: undefined });
      log.error("Broken.", { files: ["a", "b"], level: "fake" });
    });
    expect(
      text
        .split("\n")
        .slice(0, 2)
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { time: "2026-01-02T03:04:05.000Z", level: "info", message: "Listening.", port: 8080 },
      { time: "2026-01-02T03:04:05.000Z", level: "error", message: "Broken.", files: ["a", "b"] },
    ]);
  });

  test("words for people, nothing that could fool them or their terminal", () => {
    const text = lines("text", (log) => {
      log.warn("Odd\n\u001b[31mthing.", { name: "a b", list: ["x", "y"], empty: "", plain: 1, absent: undefined });
    });
    expect(text).toBe('03:04:05 warn  Odd  [31mthing.  name="a b"  list="x, y"  empty=""  plain=1\n');
  });
});
