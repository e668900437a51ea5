/**
 * What is needed of the SDK's servers, told by their shape: they are made by the copy of the SDK that stands beside the user's file, and the
 * gateway has none of its own.
 */

/** The gateway's end of a connection, as the SDK's `Transport` has it. */
export interface SdkTransport {
  start(): Promise<void>;
  send(message: unknown, options?: { readonly relatedRequestId?: string | number | undefined }): Promise<void>;
  close(): Promise<void>;
  onmessage?: ((message: unknown) => void) | undefined;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
}

/** An `McpServer`, or the `Server` beneath one. */
export interface SdkServer {
  connect(transport: SdkTransport): Promise<void>;
  close(): Promise<void>;
}

/** Something that answers HTTP requests, such as what `createMcpHandler` makes. */
export interface FetchHandler {
  fetch(request: Request): Promise<Response> | Response;
  close?(): Promise<void> | void;
}

/** Tells that lists or resources have changed, to everybody who listens. */
export interface ModuleNotifier {
  toolsChanged(): void;
  promptsChanged(): void;
  resourcesChanged(): void;
  resourceUpdated(uri: string): void;
}

export function isSdkServer(value: unknown): value is SdkServer {
  return hasMethod(value, "connect") && hasMethod(value, "close");
}

/** A server of the SDK's version 2 can say which revision it speaks. */
export function isModernSdkServer(server: SdkServer): boolean {
  return hasMethod("server" in server ? server.server : server, "getNegotiatedProtocolVersion");
}

export function isFetchHandler(value: unknown): value is FetchHandler {
  return hasMethod(value, "fetch");
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "function";
}
