import { describe, expect, test } from "bun:test";
import {
  array,
  assert,
  boolean,
  constantFrom,
  type Arbitrary,
  nat,
  oneof,
  property,
  record,
  tuple,
  uniqueArray,
} from "fast-check";
import { type DiscoveryAnswer, type DiscoveryRequest, DiscoveryStream } from "#src/control/xds/discovery-stream.ts";
import { loadMessages } from "#src/control/xds/messages.ts";
import { EMPTY_SNAPSHOT, type EnvoyResources, type ResourceMap, type XdsSnapshot } from "#src/control/xds/snapshot.ts";
import { SnapshotBuilder } from "#src/control/xds/snapshot-builder.ts";
import type { ResourceType } from "#src/control/xds/resource-types.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { ModelClient } from "#tests/support/xds/model-client.ts";
import { clusters, endpoints, listeners, routes } from "#tests/support/xds/stage.ts";

const messages = await loadMessages();
const NAMES = ["a", "b", "c", "d"] as const;

/** What happens between a server and a client; every message takes its time. */
type Event =
  | { readonly do: "publish"; readonly resources: EnvoyResources }
  | { readonly do: "to client"; readonly refuse: boolean }
  | { readonly do: "to server" }
  | { readonly do: "choose secrets"; readonly names: readonly string[] }
  | { readonly do: "reconnect" };

const some = uniqueArray(constantFrom(...NAMES), { minLength: 1 });

/** Resources that fit together: every route leads to a cluster that is there. */
const resources: Arbitrary<EnvoyResources> = record({
  clusters: array(tuple(constantFrom(...NAMES), nat(2), nat(2)), { minLength: 1, maxLength: 5 }),
  listeners: some,
  secrets: array(tuple(constantFrom(...NAMES), nat(2))),
  pick: nat(),
}).map(({ clusters: written, listeners: ports, secrets, pick }) => {
  const names = [...new Set(written.map(([name]) => name))];
  const target = (index: number): string => names[(pick + index) % names.length] ?? "";
  return {
    cds: clusters(Object.fromEntries(written.map(([name, timeout]) => [name, timeout + 1]))),
    eds: endpoints(Object.fromEntries(written.map(([name, , port]) => [name, port + 1]))),
    lds: listeners(Object.fromEntries(ports.map((name, index) => [name, index + 1]))),
    rds: routes(Object.fromEntries(ports.map((name, index) => [name, target(index)]))),
    sds: new Map(
      secrets.map(([name, value]) => [name, { name, generic_secret: { secret: { inline_string: `${value}` } } }]),
    ),
  };
});

function events(refusals: boolean, reconnects = true): Arbitrary<Event[]> {
  const move: Arbitrary<Event> = oneof(
    { weight: 4, arbitrary: resources.map((value): Event => ({ do: "publish", resources: value })) },
    {
      weight: 12,
      arbitrary: (refusals ? nat(4).map((one) => one === 0) : constantFrom(false)).map((refuse): Event => ({
        do: "to client",
        refuse,
      })),
    },
    { weight: 12, arbitrary: constantFrom<Event>({ do: "to server" }) },
    {
      weight: 2,
      arbitrary: uniqueArray(constantFrom(...NAMES)).map((names): Event => ({ do: "choose secrets", names })),
    },
    { weight: reconnects ? 1 : 0, arbitrary: constantFrom<Event>({ do: "reconnect" }) },
  );
  return array(move, { maxLength: 120, size: "max" });
}

/** A server's stream and a client, with the messages between them. */
class Line {
  readonly client: ModelClient;
  snapshot: XdsSnapshot = EMPTY_SNAPSHOT;
  readonly #builder: SnapshotBuilder = new SnapshotBuilder(messages);
  readonly #clock: FakeClock = new FakeClock();
  readonly #protocol: "sotw" | "delta";
  #stream: DiscoveryStream;
  #requests: DiscoveryRequest[] = [];
  #answers: DiscoveryAnswer[] = [];
  /** Refuses only these; undefined: any. */
  readonly #refusable: ReadonlySet<ResourceType> | undefined;

  constructor(protocol: "sotw" | "delta", refusable?: ReadonlySet<ResourceType>) {
    this.#protocol = protocol;
    this.#refusable = refusable;
    this.client = new ModelClient({ protocol, send: (request) => this.#requests.push(request) });
    this.#stream = this.#open();
    this.client.connect();
  }

  get inSync(): boolean {
    return this.#stream.inSync;
  }

  /** Whether nobody waits for time to pass. */
  get calm(): boolean {
    return this.#clock.pending === 0;
  }

  run(event: Event): void {
    if (event.do === "publish") this.publish(event.resources);
    else if (event.do === "to server") this.#toServer();
    else if (event.do === "to client") this.#toClient(event.refuse);
    else if (event.do === "choose secrets") this.client.choose("sds", new Set(event.names));
    else {
      this.#stream.close();
      this.#requests = [];
      this.#answers = [];
      this.#stream = this.#open();
      this.client.connect();
    }
  }

  publish(written: EnvoyResources): void {
    this.snapshot = this.#builder.build(written).snapshot;
    this.#stream.pump();
  }

  /** Everything under way arrives, and everything is taken; then, once more, when there is no time left to wait for. */
  settle(): void {
    this.#deliver();
    this.#clock.advance(60_000);
    this.#deliver();
  }

  #deliver(): void {
    for (let turn = 0; this.#requests.length + this.#answers.length > 0; turn++) {
      if (turn > 1000) throw new Error("It does not come to rest.");
      this.#toServer();
      this.#toClient(false);
    }
  }

  #open(): DiscoveryStream {
    return new DiscoveryStream({
      protocol: this.#protocol,
      node: { id: "n", cluster: "", metadata: {}, agent: "", zone: "" },
      view: () => this.snapshot,
      clock: this.#clock,
      send: (answer) => this.#answers.push(answer),
      settled() {},
      wake: () => this.#stream.pump(),
    });
  }

  #toServer(): void {
    const request = this.#requests.shift();
    if (request === undefined) return;
    this.#stream.receive(request);
    this.#stream.pump();
  }

  #toClient(refuse: boolean): void {
    const answer = this.#answers.shift();
    if (answer === undefined) return;
    this.client.receive(answer, refuse && this.#refusable?.has(answer.kind.type) !== false);
  }
}

function restricted(all: ResourceMap, names: ReadonlySet<string>): ResourceMap {
  return new Map([...all].filter(([name]) => names.has(name)));
}

function versionsOf(resources: ResourceMap): Record<string, string> {
  return Object.fromEntries([...resources].map(([name, { version }]) => [name, version]));
}

/** The client has what its view holds of what it asked for, no more and no less. */
function expectInSync({ client, snapshot, inSync, calm }: Line, protocol: "sotw" | "delta"): void {
  for (const type of ["cds", "lds"] as const)
    expect(versionsOf(client.resources(type))).toEqual(versionsOf(snapshot[type]));
  for (const type of ["eds", "rds", "sds"] as const) {
    const wanted = restricted(snapshot[type], client.names(type));
    // In the state of the world a client is never told that a secret is gone.
    const had = client.resources(type);
    const held = protocol === "delta" || type !== "sds" ? had : restricted(had, new Set(wanted.keys()));
    expect(versionsOf(held)).toEqual(versionsOf(wanted));
  }
  expect([...client.warming]).toEqual([]);
  expect(inSync).toBe(true);
  expect(calm).toBe(true);
}

describe.each(["sotw", "delta"] as const)("a stream of %s", (protocol) => {
  test("after anything, a client that follows the protocol has exactly what is there for it", () => {
    assert(
      property(events(false), resources, (list, last) => {
        const line = new Line(protocol);
        for (const event of list) line.run(event);
        line.publish(last);
        line.settle();
        expectInSync(line, protocol);
      }),
      { numRuns: 100 },
    );
  });

  test("no route is ever seen before its cluster is warm, or after it is gone, whichever routes a client refuses", () => {
    assert(
      // In the state of the world a client that comes back does not say what it has, so that nothing can be kept for it.
      property(events(true, protocol === "delta"), boolean(), (list, settle) => {
        const line = new Line(protocol, new Set(["lds", "rds"]));
        for (const event of list) line.run(event);
        if (settle) line.settle();
        expect(line.client.violations).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("what was refused is made good by the next change", () => {
    assert(
      property(events(true), (list) => {
        const line = new Line(protocol);
        for (const event of list) line.run(event);
        line.settle();
        // Versions that were not there before, so that everything is a change.
        const all = Object.fromEntries(NAMES.map((name, index) => [name, 100 + index]));
        const last = {
          cds: clusters(all),
          eds: endpoints(all),
          lds: listeners(all),
          rds: routes({ a: "a", b: "b", c: "c", d: "d" }),
        };
        const secret = (
          name: string,
        ): [string, { name: string; generic_secret: { secret: { inline_string: string } } }] => [
          name,
          { name, generic_secret: { secret: { inline_string: "last" } } },
        ];
        line.publish({
          ...last,
          rds: new Map(
            [...last.rds].map(([name, body]) => [name, { ...body, response_headers_to_remove: ["x-last"] }]),
          ),
          sds: new Map(NAMES.map(secret)),
        });
        line.settle();
        expectInSync(line, protocol);
      }),
      { numRuns: 100 },
    );
  });
});
