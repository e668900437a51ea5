import type { BodyVerdict, Bytes, Call, Verdict } from "../../core/plugin.ts";
import { DATA_STATUS, HEADERS_STATUS } from "./abi.ts";
import { BodyBuffer, joined } from "./body-buffer.ts";
import { requestHeaders as headersOf } from "./header-map.ts";
import { pause, replyOf, reroute, type Run, stuck } from "./pause.ts";

/** A request at a guest, until it goes to the upstream. */
export class RequestHooks {
  readonly #run: Run;
  /** The guest has ended the request with its headers. */
  #cut = false;

  constructor(run: Run) {
    this.#run = run;
  }

  headers(call: Call): Verdict | Promise<Verdict> {
    const { vm, stream } = this.#run;
    const bodiless = !hasBody(call);
    stream.request.resumed = false;
    const action = vm.run("proxy_on_request_headers", stream.id, headersOf(call).size, bodiless ? 1 : 0) ?? 0;
    if (action === HEADERS_STATUS.continueAndEndStream) this.#cut = true;
    const stopped = action !== HEADERS_STATUS.continue && !this.#cut;
    if (!stopped || replyOf(stream) !== undefined) return this.#verdict(call);
    const awaitsBody = action === HEADERS_STATUS.stopIteration && vm.abi === "proxy_abi_version_0_2_100";
    if (awaitsBody && !bodiless && vm.has("proxy_on_request_body")) return this.#verdict(call);
    return this.#paused(call, bodiless);
  }

  /** The whole body, which a guest gets as one last piece. */
  body(call: Call, bytes: Bytes): BodyVerdict | Promise<BodyVerdict> {
    if (this.#cut) return new Uint8Array();
    const { vm, stream } = this.#run;
    const limit = stream.requestLimit ?? this.#run.bodyLimit;
    if (bytes.length > limit)
      throw new RangeError(`The request's body is larger than the ${limit} bytes that the plugin reads.`);
    const buffer = (stream.request.buffer = new BodyBuffer(bytes));
    stream.request.resumed = false;
    const action = vm.run("proxy_on_request_body", stream.id, bytes.length, 1) ?? 0;
    if (action === DATA_STATUS.continue || replyOf(stream) !== undefined) return this.#bodyVerdict(call, buffer);
    // The guest has taken the bytes for itself.
    if (action === DATA_STATUS.stopNoBuffer && !buffer.edited) buffer.splice(0, bytes.length, new Uint8Array());
    return this.#pausedBody(call, buffer);
  }

  #verdict(call: Call): Verdict {
    const { stream } = this.#run;
    const reply = replyOf(stream);
    if (reply === undefined) reroute(call, stream);
    return reply;
  }

  /** A guest of an older ABI that waits for nothing else has stopped the headers to read the body first. */
  async #paused(call: Call, bodiless: boolean): Promise<Verdict> {
    const { vm, stream } = this.#run;
    const { request } = stream;
    await pause(this.#run, () => request.resumed || replyOf(stream) !== undefined || !vm.mayResume(stream));
    const readsBody = !bodiless && vm.has("proxy_on_request_body");
    if (!request.resumed && replyOf(stream) === undefined && !readsBody) throw stuck("request");
    return this.#verdict(call);
  }

  #bodyVerdict(call: Call, buffer: BodyBuffer): BodyVerdict {
    const { stream } = this.#run;
    stream.request.buffer = undefined;
    const reply = replyOf(stream);
    if (reply !== undefined) return reply;
    reroute(call, stream);
    return buffer.edited ? joined([buffer.bytes]) : undefined;
  }

  async #pausedBody(call: Call, buffer: BodyBuffer): Promise<BodyVerdict> {
    const { vm, stream } = this.#run;
    const { request } = stream;
    await pause(this.#run, () => request.resumed || replyOf(stream) !== undefined || !vm.mayResume(stream));
    if (!request.resumed && replyOf(stream) === undefined) throw stuck("request");
    return this.#bodyVerdict(call, buffer);
  }
}

/** Methods whose requests have a body, as a rule, when nothing says how long it is. */
const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

function hasBody({ request }: Call): boolean {
  if (request.hasBody !== undefined) return request.hasBody;
  const length = request.headers.get("content-length");
  if (length !== null) return length !== "0";
  return request.headers.has("transfer-encoding") || WITH_BODY.has(request.method);
}
