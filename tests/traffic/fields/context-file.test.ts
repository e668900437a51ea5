import { describe, expect, test } from "bun:test";
import { createContextFile } from "#src/traffic/fields/context-file.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

const OPTIONS = { provider: "p", url: "https://files.test/a.txt?key=secret", timeout: 5000 };

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

function reading(
  answer: (asked: Asked) => Promise<Response>,
  options: Partial<typeof OPTIONS & { host: string }> = {},
) {
  const clock = new FakeClock();
  const asked: Asked[] = [];
  const fetch = (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return answer({ url, init });
  };
  return { clock, asked, read: createContextFile({ ...OPTIONS, ...options }, { fetch, clock }) };
}

test("the file is read when it is first wanted, once for all who want it", async () => {
  const { asked, read, clock } = reading(() => Promise.resolve(new Response("wörds")));
  expect(asked).toEqual([]);
  expect(await Promise.all([read(), read()])).toEqual(["wörds", "wörds"]);
  expect(await read()).toBe("wörds");
  expect(asked.map(({ url }) => url)).toEqual([OPTIONS.url]);
  expect(clock.pending).toBe(0);
});

test("a service is asked under the URL's host", async () => {
  const { asked, read } = reading(() => Promise.resolve(new Response("a")), { host: "files.test" });
  await read();
  expect(new Headers(asked[0]?.init.headers).get("host")).toBe("files.test");
});

describe("a file that is not there", () => {
  const failures: readonly (readonly [string, () => Promise<Response>, string])[] = [
    ["a status", () => Promise.resolve(new Response("no", { status: 404 })), "answered with status 404"],
    [
      "no connection",
      () => Promise.reject(new Error(`connect to ${OPTIONS.url} refused`)),
      "its server could not be reached",
    ],
    [
      "too large",
      () => Promise.resolve(new Response(new Uint8Array(4 * 1024 * 1024 + 1))),
      "larger than 4194304 bytes",
    ],
  ];

  test.each(failures)("%s: a fault that does not show the URL, and the next one tries again", async (_, fail, why) => {
    let good = false;
    const { read, asked } = reading(() => (good ? Promise.resolve(new Response("now")) : fail()));
    const thrown: unknown = await read().catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "upstream_unreachable", message: expect.stringContaining(why) });
    expect(Bun.inspect(thrown)).not.toContain("secret");
    good = true;
    expect(await read()).toBe("now");
    expect(asked.length).toBe(2);
  });

  test("a server that does not answer in time", async () => {
    const { read, clock } = reading(
      ({ init }) =>
        new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(new Error("aborted")))),
    );
    const answer = read().catch((error: unknown) => error);
    clock.advance(5000);
    expect(await answer).toMatchObject({ message: expect.stringContaining("within 5 s") });
  });
});
