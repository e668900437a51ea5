import { describe, expect, test } from "bun:test";
import { assert, asyncProperty, constantFrom, integer } from "fast-check";
import { NetworkGuard } from "#src/core/network/guard.ts";
import { urlsIn } from "#src/core/network/named-urls.ts";
import { Resolver } from "#src/core/network/resolver.ts";
import type { NetworkSettings } from "#src/core/network/settings.ts";
import { namedHost, NetworkRefusal } from "#src/core/network/target.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "public.example": ["93.184.216.34", "2606:2800:220:1::1"],
  "private.example": ["10.0.0.7"],
  "mixed.example": ["93.184.216.34", "10.0.0.7"],
  "metadata.example": ["169.254.169.254"],
  localhost: ["127.0.0.1", "::1"],
  "anything.localhost": ["127.0.0.1"],
  "strange.example": ["not an address"],
};

interface Given {
  readonly named?: readonly string[];
  readonly network?: Partial<NetworkSettings>;
}

function guardOf({ named = [], network = {} }: Given = {}): NetworkGuard {
  const lookup = async (host: string): Promise<readonly string[]> => {
    const addresses = NAMES[host];
    if (addresses === undefined) throw new Error("ENOTFOUND");
    return addresses;
  };
  const resolver = new Resolver(new FakeClock(), lookup);
  return new NetworkGuard(resolver, { named, network: { allow: [], allowPrivate: false, ...network } });
}

async function refused(url: string, given: Given = {}): Promise<boolean> {
  try {
    await guardOf(given).check(url);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(NetworkRefusal);
    return true;
  }
}

/** Spellings of what must not be reached, as they are known from guards that were got around. */
const BYPASSES: readonly string[] = [
  "http://127.0.0.1/",
  "http://127.1/",
  "http://2130706433/",
  "http://0x7f000001/",
  "http://0x7f.0.0.1/",
  "http://0177.0.0.1/",
  "http://017700000001/",
  "http://127.0.0.1./",
  "http://0/",
  "http://0.0.0.0/",
  "http://１２７.0.0.1/",
  "http://①②⑦.⓪.⓪.①/",
  "http://127。0。0。1/",
  "http://%31%32%37.0.0.1/",
  "http:127.0.0.1/",
  "http:\\\\127.0.0.1\\",
  "http:///127.0.0.1/",
  "ht\ntp://127.0.0.1/",
  "http://127.0.0.1\t/",
  "http://localhost/",
  "http://LOCALHOST./",
  "http://ｌocalhost/",
  "http://anything.localhost/",
  "http://[::1]/",
  "http://[0:0:0:0:0:0:0:1]/",
  "http://[::]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:7f00:1]/",
  "http://[::ffff:0:7f00:1]/",
  "http://[::127.0.0.1]/",
  "http://[64:ff9b::127.0.0.1]/",
  "http://[2002:7f00:1::]/",
  "http://[fe80::1]/",
  "http://[fe80::1%25eth0]/",
  "http://[fd00:ec2::254]/",
  "http://[fc00::1]/",
  "http://169.254.169.254/latest/meta-data/",
  "http://0xa9fea9fe/",
  "http://2852039166/",
  "http://0251.0376.0251.0376/",
  "http://[::ffff:a9fe:a9fe]/",
  "http://100.100.100.200/",
  "http://168.63.129.16/",
  "http://10.0.0.1/",
  "http://100.64.0.1/",
  "http://224.0.0.1/",
  "http://255.255.255.255/",
  "http://private.example/",
  "http://mixed.example/",
  "http://metadata.example/",
  "http://strange.example/",
  "http://unknown.example/",
  "http://public.example@127.0.0.1/",
  "http://public.example:80@10.0.0.1/",
  "http://127.0.0.1#@public.example/",
  "http://127.0.0.1\\@public.example/",
  "http://user:secret@public.example/",
  "file:///etc/passwd",
  "gopher://public.example/",
  "ftp://public.example/",
  "data:text/plain,x",
  "//public.example/",
  "public.example",
  "http://",
  "",
];

describe("what a client chose the host of", () => {
  test.each(BYPASSES)("%p is refused", async (url) => {
    expect(await refused(url)).toBe(true);
  });

  test("a public host is answered with the addresses to connect to", async () => {
    const guard = guardOf();
    expect(await guard.check("https://public.example/x?y")).toEqual(NAMES["public.example"]);
    expect(await guard.check("http://93.184.216.34:8080/")).toBeUndefined();
    expect(await guard.check("http://[2606:4700::1111]/")).toBeUndefined();
  });

  test("every number of a private or local block is refused, in every spelling", async () => {
    const blocks = [
      [127, 24],
      [10, 24],
      [0xa9fe, 16],
      [0xc0a8, 16],
      [0xac1, 20],
      [0, 24],
    ] as const;
    const spellings = [
      (value: number) => `http://${value}/`,
      (value: number) => `http://0x${value.toString(16)}/`,
      (value: number) => `http://0${value.toString(8)}/`,
      (value: number) => `http://[::ffff:${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}]:81/x`,
      (value: number) => `https://${value >>> 24}.${value & 0xffffff}`,
      (value: number) => `https://[64:ff9b::${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}]`,
    ];
    await assert(
      asyncProperty(
        constantFrom(...blocks),
        integer({ min: 0, max: 0xffffff }),
        constantFrom(...spellings),
        async ([base, shift], rest, spell) => {
          const value = base * 2 ** shift + (rest % 2 ** shift);
          expect(await refused(spell(value))).toBe(true);
        },
      ),
    );
  });

  test("the private ones are let through where all are, link-local and metadata are not", async () => {
    const network = { allowPrivate: true };
    expect(await refused("http://private.example/", { network })).toBe(false);
    expect(await refused("http://127.0.0.1/", { network })).toBe(false);
    for (const url of ["http://169.254.169.254/", "http://metadata.example/", "http://[fd00:ec2::254]/"]) {
      expect(await refused(url, { network })).toBe(true);
    }
    expect(await refused("http://unknown.example/", { network })).toBe(true);
  });
});

describe("what the configuration names", () => {
  test.each([
    ["https://private.example/v1", "https://private.example/other"],
    ["http://10.0.0.7:8080", "http://10.0.0.7:8080/x"],
    ["http://0x0a000007:8080", "http://10.0.0.7:8080/x"],
    ["private.example", "http://private.example:9999/"],
    ["private.example:81", "http://private.example:81/"],
    ["http://[::1]:81/", "http://[0:0:0:0:0:0:0:1]:81/x"],
    ["http://localhost:3000", "http://localhost:3000/"],
    ["http://private.example/{{.args.path}}", "http://private.example/../x"],
  ])("%p lets %p through", async (named, url) => {
    expect(await refused(url, { named: [named] })).toBe(false);
  });

  test.each([
    ["http://private.example:81", "http://private.example:82/"],
    ["http://private.example", "http://localhost/"],
    ["http://private.example", "https://private.example/"],
    ["http://{{.args.host}}", "http://private.example/"],
    ["http://private.example{{.args.path}}", "http://private.example/"],
    ["http://metadata.example", "http://metadata.example/"],
    ["http://169.254.169.254", "http://169.254.169.254/"],
    ["http://mixed.example@private.example", "http://private.example/"],
  ])("%p does not let %p through", async (named, url) => {
    expect(await refused(url, { named: [named] })).toBe(true);
  });

  test("one port of a host is no other one, whatever was found for the first", async () => {
    const guard = guardOf({ named: ["http://private.example:81"] });
    expect(await guard.check("http://private.example:81/")).toEqual(["10.0.0.7"]);
    expect(await guard.check("http://private.example:82/").catch((error: unknown) => error)).toBeInstanceOf(
      NetworkRefusal,
    );
    expect(await guard.check("http://private.example:81/")).toEqual(["10.0.0.7"]);
  });

  test("a name that only a proxy knows is left to it", async () => {
    expect(await guardOf({ named: ["http://unknown.example"] }).check("http://unknown.example/")).toBeUndefined();
  });

  test.each([
    ["postgres://db.example:5432/x", { host: "db.example", port: 5432 }],
    ["HTTPS://Api.Example./v1", { host: "api.example", port: 443 }],
    ["https://{region}.example", undefined],
    ["/relative", undefined],
    ["", undefined],
    ["a b", undefined],
  ])("%p names %p", (text, named) => {
    expect(namedHost(text)).toEqual(named);
  });
});

test("URLs are found wherever they stand in settings", () => {
  const settings = { a: "https://one.example/x", b: [{ c: "HTTP://two.example" }, 3, null], d: "no url", e: "ftp://x" };
  expect(urlsIn(settings)).toEqual(["https://one.example/x", "HTTP://two.example"]);
  expect(urlsIn(undefined)).toEqual([]);
});

describe("network.allow", () => {
  test.each([
    ["10.0.0.0/8", "http://private.example/"],
    ["10.0.0.7", "http://[::ffff:10.0.0.7]/"],
    ["169.254.169.254", "http://metadata.example/"],
    ["private.example", "http://private.example/"],
    ["*.example", "http://metadata.example/"],
    ["fd00:ec2::/32", "http://[fd00:ec2::254]/"],
    ["127.0.0.0/8", "http://2130706433/"],
  ])("%p opens %p", async (entry, url) => {
    expect(await refused(url, { network: { allow: [entry] } })).toBe(false);
  });

  test.each([
    ["10.0.0.0/9", "http://10.200.0.1/"],
    ["private.example", "http://x.private.example/"],
    ["*.private.example", "http://private.example/"],
    ["*.private.example", "http://evilprivate.example/"],
    ["0.0.0.0/0", "http://[::1]/"],
  ])("%p does not open %p", async (entry, url) => {
    expect(await refused(url, { network: { allow: [entry] } })).toBe(true);
  });
});

describe("names", () => {
  test("are looked up once in a while, and a failure is not kept", async () => {
    const clock = new FakeClock();
    const asked: string[] = [];
    const resolver = new Resolver(clock, async (host) => {
      asked.push(host);
      if (asked.length === 1) throw new Error("not yet");
      return ["10.0.0.1"];
    });
    expect(await resolver.resolve("a").catch(() => "failed")).toBe("failed");
    expect(await Promise.all([resolver.resolve("a"), resolver.resolve("a")])).toEqual([["10.0.0.1"], ["10.0.0.1"]]);
    expect(asked).toEqual(["a", "a"]);
    clock.advance(30_000);
    await resolver.resolve("a");
    expect(asked).toHaveLength(3);
  });

  test("that nobody answers for are given up", async () => {
    const clock = new FakeClock();
    const resolving = new Resolver(clock, () => new Promise(() => {})).resolve("slow.example");
    clock.advance(5000);
    expect(await resolving.catch((error: unknown) => String(error))).toContain("not resolved in time");
    expect(clock.pending).toBe(0);
  });

  test("of this machine are resolved by the system", async () => {
    const addresses = await new Resolver(new FakeClock()).resolve("localhost");
    expect(["127.0.0.1", "::1"]).toContain(addresses[0] ?? "");
  });
});
