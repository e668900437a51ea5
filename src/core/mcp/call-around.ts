import type { JsonObject } from "../json.ts";
import type { McpNotification, McpRequest } from "./messages.ts";
import type { Caller, McpCall, McpClient, McpSession } from "./server.ts";
import type { HeaderView } from "../header-list.ts";

/** A call as somebody on its way sees it: the same, but for what a subclass changes. Nothing is copied, for some of it is made when asked for. */
export class CallAround implements McpCall {
  protected readonly call: McpCall;

  constructor(call: McpCall) {
    this.call = call;
  }

  get client(): McpClient {
    return this.call.client;
  }

  get caller(): Caller {
    return this.call.caller;
  }

  get headers(): HeaderView {
    return this.call.headers;
  }

  get argumentsChanged(): boolean {
    return this.call.argumentsChanged === true;
  }

  get session(): McpSession | undefined {
    return this.call.session;
  }

  get signal(): AbortSignal {
    return this.call.signal;
  }

  notify(notification: McpNotification): void {
    this.call.notify(notification);
  }

  ask(request: McpRequest): Promise<JsonObject> {
    return this.call.ask(request);
  }
}
