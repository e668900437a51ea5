import { describe, expect, test } from "bun:test";
import { metadataUrls, readResourceMetadata } from "#mcp/auth/upstream/user/upstream-target.ts";

const UPSTREAM = "https://notes.example.com/mcp";
const SERVERS = { authorization_servers: ["https://login.example.com"] };

describe("where an upstream's metadata is", () => {
  test("is what its challenge says, unless that leads away from TLS", () => {
    expect(metadataUrls(UPSTREAM, "https://meta.example.com/x")).toEqual(["https://meta.example.com/x"]);
    const known = [
      "https://notes.example.com/.well-known/oauth-protected-resource/mcp",
      "https://notes.example.com/.well-known/oauth-protected-resource",
    ];
    expect(metadataUrls(UPSTREAM, "http://169.254.169.254/x")).toEqual(known);
    expect(metadataUrls(UPSTREAM, undefined)).toEqual(known);
    expect(metadataUrls("https://notes.example.com", undefined)).toEqual(known.slice(1));
  });
});

describe("an upstream's metadata", () => {
  test.each([UPSTREAM, "https://notes.example.com", "https://notes.example.com/"])("of %s is its own", (resource) => {
    expect(readResourceMetadata(UPSTREAM, { ...SERVERS, resource }).resource).toBe(resource);
  });

  test.each([
    "https://evil.example.com/mcp",
    "https://notes.example.com/mcp/other",
    "https://notes.example.com/mc",
    "http://notes.example.com/mcp",
    "mcp",
  ])("of %s is another's", (resource) => {
    expect(() => readResourceMetadata(UPSTREAM, { ...SERVERS, resource })).toThrow("another resource");
  });

  test("names a server that may be followed", () => {
    const body = { resource: UPSTREAM, authorization_servers: ["http://10.0.0.1", "https://login.example.com"] };
    expect(readResourceMetadata(UPSTREAM, body).issuers).toEqual(["https://login.example.com"]);
    expect(() => readResourceMetadata(UPSTREAM, { resource: UPSTREAM })).toThrow("no authorization server");
  });
});
