import type { AnswerBody } from "#src/core/answer-body.ts";
import type { Clock } from "#src/core/clock.ts";
import { HeaderList } from "#src/core/header-list.ts";
import type { Transport, UpstreamAnswer, UpstreamRequest } from "#src/core/upstream.ts";
import { Cancelling } from "#tests/support/cancelling.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { RawServer } from "#tests/support/raw-server.ts";
import { within } from "#tests/support/until.ts";

/** A transport that knows no time but this clock's. */
export type MakeTransport = (clock: Clock) => Transport;

type Given = Partial<Omit<UpstreamRequest, "headers">> & { readonly headers?: Readonly<Record<string, string>> };

/** A transport and a server that plays its upstream; closed at the end of the test by `await using`. */
export class Stage implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly transport: Transport;
  readonly server: RawServer;

  private constructor(make: MakeTransport, server: RawServer) {
    this.transport = make(this.clock);
    this.server = server;
  }

  static async open(make: MakeTransport, ...server: Parameters<typeof RawServer.start>): Promise<Stage> {
    return new Stage(make, await RawServer.start(...server));
  }

  /** Sends a POST with a body to the server, as far as nothing else is given. */
  send(given: Given = {}, cancellation: Cancelling = new Cancelling()): Promise<UpstreamAnswer> {
    const { headers = {}, ...others } = given;
    const list = new HeaderList();
    for (const [name, value] of Object.entries(headers)) list.append(name, value);
    const request = { method: "POST", url: `${this.server.origin}/v1/x?y=1`, body: "ask", connectLimit: 0, ...others };
    const sent = this.transport.send({ ...request, headers: list }, cancellation);
    return within("an answer's head", sent);
  }

  /** Sends a request whose answer is `bytes`; what came of it. */
  async answered(bytes: string, given: Given = {}): Promise<UpstreamAnswer> {
    const number = this.server.peers.length;
    const sent = this.send(given);
    // Whoever awaits it is told of it; until then it must not count as nobody's.
    sent.catch(() => {});
    const peer = await this.server.peer(number);
    await peer.request();
    await peer.send(bytes);
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.transport.close?.();
    this.server.close();
  }
}

/** Sends a request and answers it on the connection with this number. */
export async function served(stage: Stage, number: number): Promise<void> {
  const sent = stage.send();
  await (await stage.server.peer(number)).answer("ok");
  await textOf((await sent).body);
}

/** All of a body, one character a byte. */
export async function textOf(body: AnswerBody): Promise<string> {
  let text = "";
  for (;;) {
    const chunk = await within("a chunk", body.read());
    if (chunk === undefined) return text;
    text += Buffer.from(chunk).toString("latin1");
  }
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}
