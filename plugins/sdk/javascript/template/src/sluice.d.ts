// The imports of the world in plugin.wit, version 0.1.0, that plugins use most; the others are declared in the same way.
declare module "sluice:plugin/request@0.1.0" {
  export function getMethod(): string;
  export function setMethod(method: string): void;
  export function getHost(): string;
  export function setHost(host: string): void;
  export function getPath(): string;
  export function setPath(path: string): void;
  export function getHeader(name: string): string | undefined;
  export function getHeaders(): [name: string, value: string][];
  export function setHeader(name: string, value: string): void;
  export function addHeader(name: string, value: string): void;
  export function removeHeader(name: string): void;
  export function getProperty(path: string): string | undefined;
  export function setProperty(path: string, value: string | undefined): void;
  export function setConsumer(name: string): void;
  export function reroute(): void;
}
declare module "sluice:plugin/response@0.1.0" {
  export function getStatus(): number;
  export function setStatus(status: number): void;
  export function getHeader(name: string): string | undefined;
  export function getHeaders(): [name: string, value: string][];
  export function setHeader(name: string, value: string): void;
  export function addHeader(name: string, value: string): void;
  export function removeHeader(name: string): void;
}
declare module "sluice:plugin/host@0.1.0" {
  export function log(level: "trace" | "debug" | "info" | "warn" | "error" | "critical", message: string): void;
  export function nowMs(): bigint;
  export function random(): number;
  export function secret(name: string): string | undefined;
}
declare module "sluice:plugin/callout@0.1.0" {
  export interface Call {
    upstream: string;
    method: string;
    path: string;
    headers: [name: string, value: string][];
    body: Uint8Array;
    timeoutMs: number;
  }
  export interface Answer {
    status: number;
    headers: [name: string, value: string][];
    body: Uint8Array;
  }
  /** Throws when there is no answer. */
  export function http(request: Call): Answer;
}
declare module "sluice:plugin/store@0.1.0" {
  export function get(key: string): string | undefined;
  export function set(key: string, value: string, ttlMs: number): void;
  export function increment(key: string, by: bigint, ttlMs: number): bigint;
}
