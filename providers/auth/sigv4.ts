import { AwsV4Signer } from "aws4fetch";
import type { SignableRequest } from "#src/core/provider.ts";

/** An access key of AWS; the token comes with keys that are lent for a while. */
export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a signature is for. */
export interface AwsScope {
  readonly region: string;
  readonly service: string;
}

/** Signs requests of one key for one service. */
export type AwsSigner = (request: SignableRequest) => Promise<void>;

/**
 * A signer by AWS' Signature Version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). It sets `authorization`,
 * `x-amz-date` and `x-amz-security-token`. Signed are the host, the content type and AWS' own headers: others may be changed by whatever
 * stands between here and AWS. `now` is Unix time in milliseconds.
 */
export function awsSigner(key: AwsKey, scope: AwsScope, now: () => number): AwsSigner {
  // Keys derived for one day; yesterday's are of no use.
  let derived = { day: "", keys: new Map<string, ArrayBuffer>() };
  return async ({ method, url, headers, body }) => {
    const datetime = new Date(now()).toISOString().replace(/[:-]|\.\d{3}/g, "");
    const day = datetime.slice(0, 8);
    if (derived.day !== day) derived = { day, keys: new Map() };
    const covered: [string, string][] = [];
    headers.forEach((value, name) => {
      if (name === "content-type" || name.startsWith("x-amz")) covered.push([name, value]);
    });
    const signed = await new AwsV4Signer({
      ...key,
      ...scope,
      method,
      url,
      headers: covered,
      ...(body === undefined ? {} : { body }),
      datetime,
      cache: derived.keys,
      allHeaders: true,
    }).sign();
    for (const name of SET) {
      const value = signed.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
  };
}

const SET = ["authorization", "x-amz-date", "x-amz-security-token"] as const;
