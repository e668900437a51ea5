import {
  type AnswerVerdict,
  type BodyVerdict,
  type Bytes,
  type Call,
  type CallResponse,
  LocalReply,
} from "../../core/plugin.ts";
import { DATA_STATUS, HEADERS_STATUS } from "./abi.ts";
import { BodyBuffer, joined } from "./body-buffer.ts";
import { responseHeaders as headersOf } from "./header-map.ts";
import { pause, replyOf, type Run, stuck } from "./pause.ts";

const NOTHING = new Uint8Array();

/** An answer at a guest, on its way to the client. */
export class ResponseHooks {
  readonly #run: Run;
  /** The guest has held the headers back until the body is there. */
  #whole = false;
  /** The guest has ended the answer with its headers, or with something of its own. */
  #cut = false;

  constructor(run: Run) {
    this.#run = run;
  }

  headers(call: Call): AnswerVerdict | Promise<AnswerVerdict> {
    const { vm, stream } = this.#run;
    const { response } = call;
    if (response === undefined) return undefined;
    const bodiless = !hasBody(call, response);
    stream.response.resumed = false;
    const action = vm.run("proxy_on_response_headers", stream.id, headersOf(response).size, bodiless ? 1 : 0) ?? 0;
    if (action === HEADERS_STATUS.continueAndEndStream) this.#whole = this.#cut = true;
    if (action === HEADERS_STATUS.continue || this.#cut || replyOf(stream) !== undefined)
      return this.#verdict(response, bodiless);
    const awaitsBody = action === HEADERS_STATUS.stopIteration && vm.abi === "proxy_abi_version_0_2_100";
    if (!awaitsBody || bodiless || !vm.has("proxy_on_response_body")) return this.#paused(response, bodiless);
    this.#whole = true;
    return undefined;
  }

  /** The whole body, for a guest that holds the headers back. */
  async body(_call: Call, bytes: Bytes): Promise<BodyVerdict> {
    if (this.#cut) return NOTHING;
    const given = await this.#piece(bytes, true);
    return replyOf(this.#run.stream) ?? joined([given]);
  }

  /** A piece of the body. */
  chunk(_call: Call, bytes: Uint8Array, last: boolean): Uint8Array | Promise<Uint8Array> {
    const { stream } = this.#run;
    if (stream.injectedLast) return joined(stream.takeInjected());
    const given = this.#piece(bytes, last);
    return given instanceof Promise ? given.then((late) => this.#sent(late)) : this.#sent(given);
  }

  #verdict(response: CallResponse, bodiless: boolean): AnswerVerdict {
    const { stream } = this.#run;
    const reply = replyOf(stream);
    if (reply !== undefined) return reply;
    // Whole only for a guest that holds the headers back.
    if (!bodiless || stream.injected.length === 0) return this.#whole ? undefined : "stream-body";
    // An answer without a body has got one.
    const headers = headersOf(response)
      .pairs()
      .filter(([name]) => !name.startsWith(":") && name !== "content-length");
    return LocalReply.respond(response.status, joined(stream.takeInjected()), { headers });
  }

  async #paused(response: CallResponse, bodiless: boolean): Promise<AnswerVerdict> {
    const { vm, stream } = this.#run;
    await pause(this.#run, () => this.#goesOn() || !vm.mayResume(stream));
    if (!this.#goesOn()) {
      if (bodiless || !vm.has("proxy_on_response_body")) throw stuck("answer");
      // A guest of an older ABI has stopped the headers to read the body first.
      this.#whole = true;
    }
    return this.#verdict(response, bodiless);
  }

  #sent(given: Uint8Array): Uint8Array {
    if (replyOf(this.#run.stream) === undefined) return given;
    throw new Error("The plugin has broken the answer off after its headers were sent.");
  }

  #piece(bytes: Uint8Array, last: boolean): Uint8Array | Promise<Uint8Array> {
    const { vm, stream } = this.#run;
    const before = this.#released();
    const buffer = this.#kept(bytes);
    stream.response.resumed = false;
    const action = vm.run("proxy_on_response_body", stream.id, buffer.size, last ? 1 : 0) ?? 0;
    if (action === DATA_STATUS.continue) return this.#flowing(before, buffer);
    if (action === DATA_STATUS.stopNoBuffer) return this.#swallowed(before, last);
    return this.#stopped(before, buffer, last);
  }

  #flowing(before: readonly Uint8Array[], buffer: BodyBuffer): Uint8Array {
    const { stream } = this.#run;
    stream.response.buffer = undefined;
    if (before.length === 0 && stream.injected.length === 0) return buffer.bytes;
    return joined([...before, buffer.bytes, ...stream.takeInjected()]);
  }

  /** The guest has taken the piece for itself, and gives what is to be sent: as soon as it does, or, at the end, all of it. */
  async #swallowed(before: readonly Uint8Array[], last: boolean): Promise<Uint8Array> {
    const { stream } = this.#run;
    stream.response.buffer = undefined;
    const given = (): boolean => !last && stream.injected.length > 0;
    await pause(this.#run, () => given() || this.#goesOn() || stream.callouts === 0);
    return joined([...before, ...stream.takeInjected()]);
  }

  /** The guest has stopped the body. Its call-outs are waited for; without any, it waits for more of the body. */
  async #stopped(before: readonly Uint8Array[], buffer: BodyBuffer, last: boolean): Promise<Uint8Array> {
    const { vm, stream } = this.#run;
    const idle = (): boolean => (last ? !vm.mayResume(stream) : stream.callouts === 0);
    await pause(this.#run, () => this.#goesOn() || idle());
    if (stream.response.resumed || stream.injectedLast) return this.#flowing(before, buffer);
    if (last && replyOf(stream) === undefined) throw stuck("answer");
    return joined([...before, ...stream.takeInjected()]);
  }

  #goesOn(): boolean {
    const { stream } = this.#run;
    return stream.response.resumed || stream.injectedLast || replyOf(stream) !== undefined;
  }

  /** What was stopped, and has been let go between two pieces. */
  #released(): readonly Uint8Array[] {
    const { stream } = this.#run;
    const { response } = stream;
    const injected = stream.takeInjected();
    if (!response.resumed || response.buffer === undefined) return injected;
    const held = response.buffer.bytes;
    response.buffer = undefined;
    return [held, ...injected];
  }

  /** A piece behind what the guest has stopped. */
  #kept(bytes: Uint8Array): BodyBuffer {
    const { stream, bodyLimit } = this.#run;
    const buffer = (stream.response.buffer ??= new BodyBuffer());
    const limit = stream.responseLimit ?? bodyLimit;
    if (buffer.size > 0 && buffer.size + bytes.length > limit) {
      throw new RangeError(
        `The plugin has stopped an answer whose body is larger than the ${limit} bytes that are kept.`,
      );
    }
    buffer.append(bytes);
    return buffer;
  }
}

function hasBody({ request }: Call, { hasBody: has, status, headers }: CallResponse): boolean {
  if (has !== undefined) return has;
  return request.method !== "HEAD" && status !== 204 && status !== 304 && headers.get("content-length") !== "0";
}
