import { describe, expect, test } from "bun:test";
import { compileWasm } from "#src/plugin-host/wasm-kind.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { buildAssemblyScript } from "#tests/support/proxy-wasm/assemblyscript.ts";
import { probe } from "#tests/support/proxy-wasm/driver.ts";

/** What each host call of a callback was answered with. */
function answers(lines: readonly string[]): (string | undefined)[] {
  return lines.map((line) => line.split(" -> ")[1]);
}

describe("properties", () => {
  test("have the form in which guests expect them", async () => {
    const clock = new FakeClock(1_790_000_000_000);
    using guest = await probe(
      `@request_headers
       property request/path
       property request/url_path
       property request/host
       property request/method
       property request/headers/x-one
       propertymap request/headers
       propertyhex request/time
       property source/address
       property route_name
       property cluster_name
       property plugin_name
       property plugin_root_id
       property plugin_vm_id
       propertyhex connection/mtls
       property nothing/known
       @response_headers
       propertyhex response/code
       propertymap response/headers
       property response/headers/x-two
       property response/code_details
       setproperty ai_log {"a":1}`,
      { host: { clock, name: "my-probe" }, rootId: "my-root", vmId: "my-vm" },
    );
    const stream = guest.open(new Request("http://api.example.com/things?x=1", { headers: { "x-one": "1" } }));
    await stream.requestHeaders();
    await stream.responseHeaders(new Response("x", { status: 503, headers: { "x-two": "2" } }));
    expect(answers(guest.said("request_headers"))).toEqual([
      "0 /things?x=1",
      "0 /things",
      "0 api.example.com",
      "0 GET",
      "0 1",
      "0 :authority=api.example.com|:path=/things?x=1|:method=GET|:scheme=https|x-one=1",
      "0 0000f323845bd718",
      "0 192.0.2.7:0",
      "0 things",
      "0 backend",
      "0 my-probe",
      "0 my-root",
      "0 my-vm",
      "0 00",
      "1 ",
    ]);
    expect(answers(guest.said("response_headers"))).toEqual([
      "0 f701000000000000",
      "0 :status=503|x-two=2",
      "0 2",
      "0 via_upstream",
      "0",
    ]);
    expect(stream.exchange.record.notes).toEqual({ ai_log: '{"a":1}' });
  });

  test("that a guest sets are there for it and for others", async () => {
    using guest = await probe(
      "@request_headers\nsetproperty my/own value\nproperty my/own\nsetbinary raw\npropertyhex raw",
    );
    const { call, requestHeaders } = guest.open();
    await requestHeaders();
    expect(answers(guest.said("request_headers"))).toEqual(["0", "0 value", "0", "0 fcfdfeff"]);
    expect(call.property("my.own")).toBe("value");
    expect(call.property("raw")).toBeUndefined();
  });

  test("of a request are not there without one", async () => {
    using guest = await probe("@configure\nproperty request/path\nproperty plugin_name\nsetproperty a b", {
      host: { name: "p" },
    });
    expect(answers(guest.said("configure"))).toEqual(["1 ", "0 p", "1"]);
  });
});

describe("metrics", () => {
  test("are counted, set and noted", async () => {
    using guest = await probe(`
      @configure
      define 0 requests
      define 1 depth
      define 2 latency
      define 0 requests
      define 7 what
      increment 1 5
      increment 1 -1
      record 1 2
      increment 2 4
      increment 2 -3
      record 2 9
      increment 3 1
      record 3 70
      record 3 80
      metric 1
      metric 2
      metric 3
      metric 9
      increment 9 1
      record 9 1`);
    expect(answers(guest.said("configure"))).toEqual([
      "0 1",
      "0 2",
      "0 3",
      "0 1",
      "2 1",
      "0",
      "2",
      "0",
      "0",
      "0",
      "0",
      "2",
      "0",
      "0",
      "0 7",
      "0 9",
      "0 2",
      "1 ",
      "1",
      "1",
    ]);
    expect([...guest.host.metrics].map(([name, { value }]) => [name, value])).toEqual([
      ["requests", 7],
      ["depth", 9],
      ["latency", 2],
    ]);
  });

  test("that the host does not want are a bad argument", async () => {
    using guest = await probe("@request_headers\ndefine 0 requests");
    guest.host.metric = () => {
      throw new Error("too many");
    };
    await guest.open().requestHeaders();
    expect(answers(guest.said("request_headers"))[0]).toStartWith("2");
  });
});

test("the upstream's hosts are told, and one may be chosen", async () => {
  using guest = await probe("@request_headers\nhosts\noverride 10.0.0.2:80");
  const { call, exchange, requestHeaders } = guest.open();
  call.upstreamHosts = () => [
    { address: "10.0.0.1:80", healthy: false },
    { address: "10.0.0.2:80", healthy: true },
  ];
  await requestHeaders();
  expect(answers(guest.said("request_headers"))).toEqual([
    '0 10.0.0.1:80={"health_status":"Unhealthy"}|10.0.0.2:80={"health_status":"Healthy"}',
    "0",
  ]);
  expect(exchange.upstreamOverride).toBe("10.0.0.2:80");
});

test("a route without endpoints has no hosts; a host that knows nothing of them says so", async () => {
  using guest = await probe("@request_headers\nhosts");
  const { call, hooks } = guest.open();
  await hooks.requestHeaders?.(call);
  Object.defineProperty(call, "upstreamHosts", { value: undefined });
  await hooks.requestHeaders?.(call);
  expect(answers(guest.said("request_headers"))).toEqual(["0 ", "1 "]);
});

describe("the host of a language's runtime", () => {
  test("gives time, chance, an environment, no files and no sleep", async () => {
    const clock = new FakeClock(1_790_000_000_000);
    using guest = await probe(
      "@configure\ntime\nclock 0\nclock 1\nclock 3\nrandom\nenvironment\nfiles\nsleep\nunknown\nlevel",
      { environment: { A: "1", B: "two" }, logLevel: "debug", host: { clock } },
    );
    expect(answers(guest.said("configure"))).toEqual([
      "0 1790000000000000000",
      "0 1790000000000000000",
      "0 1",
      expect.stringMatching(/^58 /),
      "0 random",
      "0 2 A=1;B=two;",
      "0 8 52 8 44",
      "0 1 77",
      "12 52",
      "0 1",
    ]);
  });

  test("logs what is printed, and at which level", async () => {
    using guest = await probe(
      "@configure\nprint 1 out\nprint 2 err\nprint 3 nowhere\nlog 5 bad\nlog 0 tiny\nlog 6 none",
    );
    expect(answers(guest.said("configure"))).toEqual(["0 4", "0 4", expect.stringMatching(/^8 /), "0", "0", "2"]);
    const plain = guest.host.lines.filter(({ message }) => !message.includes(":"));
    expect(plain.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info vm_start 0 ",
      "info out",
      "error err",
      "critical bad",
      "trace tiny",
    ]);
  });

  test("answers for pointers to nowhere", async () => {
    using guest = await probe("@configure\ndefine 0 x\nnowhere");
    expect(answers(guest.said("configure"))[1]).toBe("6 6 6 6 21");
  });
});

test("the VM's configuration is text as it is, or JSON", async () => {
  using text = await probe("", { vmConfiguration: "a: b" });
  using json = await probe("", { vmConfiguration: { a: ["b"] } });
  expect([text.lines[0], json.lines[0]]).toEqual(["vm_start 4 a: b", 'vm_start 11 {"a":["b"]}']);
});

test("what an entry says of its VM reaches the guest", async () => {
  const bytes = await Bun.file(await buildAssemblyScript("probe")).bytes();
  const limits = { memory: 16 * 1024 * 1024, fuel: 1_000_000, instances: 1 };
  const configure = await compileWasm("probe", bytes, limits, { configuration: { a: "b" } });
  const host = fakePluginHost();
  await configure({ global: {} }, host);
  expect(host.lines[0]?.message).toBe('vm_start 9 {"a":"b"}');
});
