import { describe, expect, test } from "bun:test";
import { cacheControl } from "#plugins/cache-control.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { behind } from "./behind.ts";

const host = fakePluginHost({ clock: new FakeClock(Date.UTC(2026, 0, 1)) });

describe("suffixes", () => {
  test("Higress' example: an hour for pictures", async () => {
    const ask = await behind(cacheControl, { suffix: "jpg|png|jpeg", expires: 3600 }, host);
    for (const url of ["/test.png", "/a/test.jpg?v=1"]) {
      expect((await ask({ url })).headers).toEqual({
        expires: "Thu, 01 Jan 2026 01:00:00 GMT",
        "cache-control": "max-age=3600",
      });
    }
    for (const url of ["/test.gif", "/jpg", "/?x=a.jpg"]) expect((await ask({ url })).headers).toEqual({});
  });

  test("without any, every path", async () => {
    const ask = await behind(cacheControl, { expires: "60" }, host);
    expect((await ask({ url: "/" })).headers["cache-control"]).toBe("max-age=60");
  });
});

test.each([
  ["max", "Thu, 31 Dec 2037 23:55:55 GMT", "max-age=315360000"],
  ["epoch", "Thu, 01 Jan 1970 00:00:01 GMT", "no-cache"],
  [0, "Thu, 01 Jan 2026 00:00:00 GMT", "max-age=0"],
  [9_223_372_036, "Fri, 12 Apr 2318 23:47:16 GMT", "max-age=9223372036"],
])("expires %p", async (expires, until, control) => {
  const ask = await behind(cacheControl, { expires }, host);
  expect((await ask()).headers).toEqual({ expires: until, "cache-control": control });
});

test("what the upstream says of it is replaced", async () => {
  const ask = await behind(cacheControl, { expires: "epoch" }, host);
  const { headers } = await ask(
    {},
    {
      headers: [
        ["cache-control", "public"],
        ["cache-control", "max-age=9"],
      ],
    },
  );
  expect(headers["cache-control"]).toBe("no-cache");
});

test.each([{}, { expires: -1 }, { expires: "soon" }, { expires: 1.5 }, { expires: 9_223_372_037 }])(
  "refuses the configuration %j",
  async (config) => {
    expect(await behind(cacheControl, config).catch(String)).toContain("expires");
  },
);
