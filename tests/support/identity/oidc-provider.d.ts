/** The little of oidc-provider that the tests use; the package brings no types. */
declare module "oidc-provider" {
  import type { Server } from "node:http";

  interface Context {
    readonly oidc: {
      readonly params: Readonly<Record<string, string | undefined>>;
      readonly client: { clientId: string };
    };
    body: unknown;
  }

  interface ResourceServerInfo {
    readonly scope: string;
    readonly audience: string;
    readonly accessTokenFormat: "jwt" | "opaque";
    readonly jwt?: { readonly sign: { readonly alg: string } };
  }

  class AccessToken {
    constructor(properties: { readonly accountId: string; readonly client: unknown; readonly scope?: string });
    resourceServer: unknown;
    save(): Promise<string>;
    static find(value: string): Promise<{ readonly accountId: string } | undefined>;
  }

  export default class Provider {
    constructor(issuer: string, configuration: object);
    readonly AccessToken: typeof AccessToken;
    readonly ResourceServer: new (identifier: string, info: ResourceServerInfo) => unknown;
    readonly issuer: string;
    registerGrantType(
      name: string,
      handler: (context: Context, next: () => Promise<void>) => Promise<void>,
      params: readonly string[],
    ): void;
    listen(port: number, host: string, ready: () => void): Server;
    static readonly errors: { readonly InvalidGrant: new (why: string) => Error };
  }
}
