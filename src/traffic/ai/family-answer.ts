import type { JsonObject } from "../../core/json.ts";
import type { Store } from "../../core/store.ts";
import { familyUsage, headerUsage } from "../../protocols/families/usage.ts";
import { parseObject } from "../../core/json-splice.ts";
import { isStateful, madeIn, remember } from "./affinity.ts";
import type { CallDeps } from "./call.ts";
import { relayFamily } from "./family-relay.ts";
import { convertedAnswer } from "./family-converted.ts";
import type { FamilyAnswer } from "./family-send.ts";
import { copySafe, lossHeader } from "./response-headers.ts";
import { throughGateway, uploadBegun } from "./upload-session.ts";
import { garbage, MAX_WHOLE, networkFault, wholeText } from "./upstream-body.ts";

/** What lies inside objects: bytes that happen to be JSON, as large as they like. */
const CONTENTS = /\/(?:content|results)$/;

/** Turns a provider's answer into the client's: untouched, unless the two have different formats. */
export async function respondFamily(deps: CallDeps, store: Store | undefined, answer: FamilyAnswer): Promise<Response> {
  const { exchange, request, response, outgoing, attempt } = answer;
  const { record } = exchange;
  if (outgoing.call.model !== "") record.modelUsed = outgoing.call.model;
  record.losses.push(...outgoing.losses);
  const { status, body } = response;
  const begun = uploadBegun(response.headers);
  if (begun !== undefined) await remember(store, { ...answer, consumer: record.consumer }, [begun]);
  if (body === null) {
    attempt.release();
    return new Response(null, { status, headers: headersOf(answer) });
  }
  const json = /^application\/json\s*(?:;|$)/i.test(response.headers.get("content-type") ?? "");
  const collects = json && !CONTENTS.test(request.call.rest ?? "");
  if (!collects) {
    if (outgoing.conversion !== undefined) {
      await body.cancel().catch(() => {});
      attempt.release();
      throw garbage(answer.target.provider.id, "something that is no JSON object");
    }
    return new Response(relayFamily(deps, answer, body), { status, headers: headersOf(answer) });
  }
  const text = await collected(answer);
  const object = parseObject(text);
  const usage = (object === undefined ? undefined : familyUsage(object)) ?? headerUsage(response.headers);
  if (usage !== undefined) record.usage = usage;
  if (object !== undefined && isStateful(request.call.api)) {
    const { consumer } = record;
    await remember(store, { ...answer, consumer }, madeIn(object, exchange.request.method === "POST"));
  }
  if (outgoing.conversion !== undefined) return respondConverted(deps, answer, object);
  const bytes = new TextEncoder().encode(text);
  record.responseBytes = bytes.byteLength;
  return new Response(bytes, { status, headers: headersOf(answer) });
}

function respondConverted(deps: CallDeps, answer: FamilyAnswer, object: JsonObject | undefined): Response {
  const { record } = answer.exchange;
  const { contentType, bytes, usage } = convertedAnswer(answer, object, deps.clock.now());
  if (usage !== undefined) record.usage ??= usage;
  record.responseBytes = bytes.byteLength;
  return new Response(bytes, { status: answer.response.status, headers: headersOf(answer, contentType) });
}

async function collected({ attempt, response, target }: FamilyAnswer): Promise<string> {
  const { id } = target.provider;
  const { idle } = target.timeouts;
  attempt.begin("idle_timeout", idle);
  try {
    return (await wholeText(response, MAX_WHOLE, id, attempt)).text;
  } catch (thrown) {
    throw attempt.fault ?? networkFault(thrown, id);
  } finally {
    attempt.release();
  }
}

/** `contentType` is that of a converted answer. */
function headersOf(
  { exchange, response, outgoing }: FamilyAnswer,
  contentType = response.headers.get("content-type"),
): Headers {
  const headers = new Headers();
  if (outgoing.conversion === undefined) copySafe(response.headers, headers);
  throughGateway(headers, exchange);
  if (contentType !== null) headers.set("content-type", contentType);
  const { losses } = exchange.record;
  if (losses.length > 0) headers.set("x-sluice-loss", lossHeader(losses));
  return headers;
}
