import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import type { SessionLog } from "#src/sessions/event-log.ts";
import type { Followed, Follower } from "#src/sessions/follower.ts";
import type { Store } from "#src/core/store.ts";
import { createEventLogs } from "#src/sessions/event-log.ts";
import { createInboxes } from "#src/sessions/inbox.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { until, within } from "#tests/support/until.ts";

/** Two replicas' views of one store; the same one twice where there is only one. */
export interface ReplicatedStore {
  readonly stores: readonly [Store, Store];
  readonly close: () => Promise<void>;
}

/** A session seen by two replicas. */
type Replicas = readonly [SessionLog, SessionLog];

/** What sessions' logs keep to, on whichever store. */
export function describeEventLog(name: string, open: () => Promise<ReplicatedStore>): void {
  describe(`event log: ${name}`, () => {
    let under: ReplicatedStore;
    const clock = new FakeClock();
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());
    const session = (maxLength = 1000): Replicas => {
      const id = crypto.randomUUID();
      const [one, two] = under.stores.map((store) => createEventLogs({ store, clock, maxLength })(id));
      if (one === undefined || two === undefined) throw new Error("There must be two.");
      return [one, two];
    };
    reading(session);
    following(session);
    taking(session);

    test("an inbox hands out what any replica sent, in order, what came before it was opened too", async () => {
      const [here, there] = under.stores.map((store) => createInboxes(createEventLogs({ store, clock }), clock));
      const replica = crypto.randomUUID();
      const received: string[] = [];
      await there?.send(replica, "1");
      const close = here?.open(replica, (message) => received.push(message));
      await there?.send(replica, "2");
      await here?.send(replica, "3");
      await until("all are there", () => received.length === 3);
      expect(received).toEqual(["1", "2", "3"]);
      await close?.();
      await there?.send(replica, "4");
      expect(received).toHaveLength(3);
    });
  });
}

function reading(session: (maxLength?: number) => Replicas): void {
  test("read again after any event, what follows is all there, once and in order", async () => {
    const message = record({ stream: constantFrom("get", "p-1", "p-2"), replica: integer({ min: 0, max: 1 }) });
    await assert(
      asyncProperty(
        array(message, { minLength: 1, maxLength: 20 }),
        integer({ min: 1, max: 5 }),
        async (plan, limit) => {
          const replicas = session();
          const sent: { stream: string; message: string; id: string }[] = [];
          for (const [n, { stream, replica }] of plan.entries()) {
            const [id = ""] = (await replicas[replica]?.append(stream, [`${n}`])) ?? [];
            sent.push({ stream, message: `${n}`, id });
          }
          for (const cut of sent) {
            const rest = sent.slice(sent.indexOf(cut) + 1).filter(({ stream }) => stream === cut.stream);
            expect(await readAll(replicas[1], cut.id, limit)).toEqual(rest.map(({ message }) => message));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("an event id that is of nothing that is left is told", async () => {
    const [log, other] = session(5);
    const [first = ""] = await log.append("get", ["1"]);
    for (const id of [first.replace("get", "post"), "", "get", "x.y.z", "ä.1", `${first}9`, `get.${"9".repeat(99)}`]) {
      expect(await other.read(id, 10)).toBeUndefined();
      expect(await other.follow(id)).toBeUndefined();
    }
    await log.append("get", Array<string>(300).fill("2"));
    await log.append("get", Array<string>(300).fill("3"));
    expect(await other.follow(first)).toBeUndefined();
  });

  test("a name is claimed once, by whichever replica, whatever its length", async () => {
    const [one, two] = session();
    for (const name of ["1", '"1"', "x".repeat(10_000), `${"x".repeat(10_000)}y`]) {
      expect(await one.claim(name)).toBe(true);
      expect(await two.claim(name)).toBe(false);
    }
    expect(await session()[0].claim("1")).toBe(true);
  });
}

function following(session: (maxLength?: number) => Replicas): void {
  test("a follower is given what either replica appends, at most as much as it asks for", async () => {
    const [here, there] = session();
    const follower = await followerOf(here, "get.");
    await there.append("get", ["1", "2", "3"]);
    expect(await messages(follower, 2)).toEqual(["1", "2"]);
    expect(await messages(follower, 2)).toEqual(["3"]);
    const next = messages(follower, 2);
    await here.append("other", ["not for it"]);
    await here.append("get", ["4"]);
    expect(await next).toEqual(["4"]);
    await follower.close();
    expect((await follower.next(1)).kind).toBe("closed");
  });

  test("a stream that is over is told to who follows it and to who comes later", async () => {
    const [here, there] = session();
    const [first = ""] = await there.append("post-1", ["1"]);
    const follower = await followerOf(here, first);
    const next = follower.next(10);
    await there.append("post-1", ["2"], true);
    expect(kindAndMessages(await next)).toEqual(["events", "2"]);
    expect((await follower.next(10)).kind).toBe("ended");
    const late = await followerOf(here, first);
    expect(await messages(late, 10)).toEqual(["2"]);
    expect((await late.next(10)).kind).toBe("ended");
  });

  test("who waits is told when its session is removed or when it is left too far behind", async () => {
    const [here, there] = session(5);
    await there.append("get", ["1"]);
    const removed = await followerOf(here, "get.");
    expect(await messages(removed, 10)).toEqual(["1"]);
    const next = removed.next(10);
    await there.remove(["get"]);
    expect((await within("the end", next)).kind).toBe("gone");

    await there.append("slow", ["1", "2"]);
    const slow = await followerOf(here, "slow.");
    expect(await messages(slow, 1)).toEqual(["1"]);
    await there.append("slow", Array<string>(300).fill("x"));
    await there.append("slow", Array<string>(300).fill("x"));
    expect((await slow.next(1)).kind).toBe("gone");
  });

  test("events appended by two replicas while a follower is cut and resumes elsewhere: none lost, none twice", async () => {
    const replicas = session();
    const received: string[] = [];
    const writing = (async () => {
      for (let n = 0; n < 200; n++) await replicas[n % 2]?.append("get", [`${n}`]);
    })();
    let cursor = "get.";
    for (let turn = 0; received.length < 200; turn++) {
      const log = turn % 2 === 0 ? replicas[0] : replicas[1];
      const follower = await followerOf(log, cursor);
      for (let page = 0; page < 3 && received.length < 200; page++)
        received.push(...(await messages(follower, 1 + (turn % 7))));
      ({ cursor } = follower);
      await follower.close();
    }
    await writing;
    expect(received).toEqual(Array.from({ length: 200 }, (_, n) => `${n}`));
  });
}

function taking(session: (maxLength?: number) => Replicas): void {
  test("a newer follower takes the stream over; the older one is told and leaves no mark", async () => {
    const [here, there] = session();
    const older = await followerOf(here, "get.");
    const next = older.next(10);
    const newer = await followerOf(there, "get.");
    expect((await within("its end", next)).kind).toBe("superseded");
    await older.close();
    await here.append("get", ["1"]);
    expect(await messages(newer, 10)).toEqual(["1"]);
    const elsewhere = await followerOf(here, "post.");
    await here.append("get", ["2"]);
    expect(await messages(newer, 10)).toEqual(["2"]);
    await Promise.all([newer.close(), elsewhere.close()]);
  });

  test("an event id that is unknown takes nothing over", async () => {
    const [here, there] = session();
    const follower = await followerOf(here, "get.");
    expect(await there.follow("get.1-1")).toBeUndefined();
    await there.append("get", ["1"]);
    expect(await messages(follower, 10)).toEqual(["1"]);
    await follower.close();
  });

  test("without an event id a follower begins at the begin, goes on where one left, or at the end when one vanished", async () => {
    const [here, there] = session();
    await here.append("get", ["1", "2"]);
    const first = await followerOf(here, await here.position("get"));
    expect(await messages(first, 1)).toEqual(["1"]);
    await first.close();
    await here.append("get", ["3"]);
    const second = await followerOf(there, await there.position("get"));
    expect(await messages(second, 10)).toEqual(["2", "3"]);
    await here.append("get", ["4"]);
    // The second one is gone without a word.
    const third = await followerOf(here, await here.position("get"));
    await there.append("get", ["5"]);
    expect(await messages(third, 10)).toEqual(["5"]);
    await third.close();
  });
}

async function followerOf(log: SessionLog, after: string): Promise<Follower> {
  const follower = await log.follow(after);
  if (follower === undefined) throw new Error(`${after} is unknown.`);
  return follower;
}

async function messages(follower: Follower, limit: number): Promise<string[]> {
  const followed = await within("events", follower.next(limit));
  if (followed.kind !== "events") throw new Error(`It is ${followed.kind}.`);
  expect(followed.events.length).toBeLessThanOrEqual(limit);
  return followed.events.map(({ message }) => message);
}

function kindAndMessages(followed: Followed): string[] {
  return [followed.kind, ...(followed.kind === "events" ? followed.events.map(({ message }) => message) : [])];
}

async function readAll(log: SessionLog, after: string, limit: number): Promise<string[] | undefined> {
  const all: string[] = [];
  for (let cursor = after; ;) {
    const page = await log.read(cursor, limit);
    if (page === undefined) return undefined;
    all.push(...page.events.map(({ message }) => message));
    if (!page.full) return all;
    ({ cursor } = page);
  }
}
