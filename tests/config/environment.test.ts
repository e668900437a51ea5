import { expect, test } from "bun:test";
import { z } from "zod";
import { configFromEnvironment } from "#config/environment.ts";
import { formatError } from "#config/report.ts";
import { definition, definitions } from "./load.ts";

function from(env: Readonly<Record<string, string>>): {
  providers: unknown[];
  otherwise: string | undefined;
  admin: unknown;
} {
  const result = configFromEnvironment(env, definitions);
  if (!result.ok) throw new Error(result.errors.map(formatError).join("\n"));
  const { providers, routes, admin } = result.config;
  expect(routes.map(({ name, match, ai }) => [name, match.path, ai?.pick])).toEqual([
    ["default", { prefix: "/" }, "owner"],
  ]);
  expect(routes[0]?.ai?.upstreams.map(({ provider }) => provider)).toEqual(providers.map(({ id }) => id));
  return {
    providers: providers.map(({ type, apiTokens, baseUrl }) => [type, apiTokens, baseUrl]),
    otherwise: routes[0]?.ai?.otherwise,
    admin,
  };
}

test("with nothing set, echo answers", () => {
  expect(from({})).toEqual({
    providers: [["echo", [], undefined]],
    otherwise: "echo",
    admin: { host: "127.0.0.1", port: 8081 },
  });
  expect(from({ OPENAI_API_KEY: " ", OPENAI_BASE_URL: "https://x" }).providers).toEqual([["echo", [], undefined]]);
});

test("one key makes one provider, which gets every model", () => {
  expect(from({ OPENAI_API_KEY: "k\n" })).toMatchObject({
    providers: [["openai", ["k"], undefined]],
    otherwise: "openai",
  });
});

test("with several, a model has to be owned or named", () => {
  const { providers, otherwise } = from({
    ANTHROPIC_API_KEY: "c",
    OPENAI_API_KEY: "o",
    OPENAI_BASE_URL: "http://127.0.0.1:9/v1/",
  });
  expect(providers).toEqual([
    ["openai", ["o"], "http://127.0.0.1:9/v1"],
    ["claude", ["c"], undefined],
  ]);
  expect(otherwise).toBeUndefined();
});

test("a provider that needs no key is there when its address is, with or without a scheme", () => {
  expect(from({ LOCAL_HOST: "http://h:1" }).providers).toEqual([["local", [], "http://h:1"]]);
  expect(from({ LOCAL_HOST: "0.0.0.0:11434" }).providers).toEqual([["local", [], "0.0.0.0:11434"]]);
  expect(from({ LOCAL_API_KEY: "k" }).providers).toEqual([["local", ["k"], undefined]]);
});

test("a provider that needs a field of its own is there when that variable is set too", () => {
  const placed = definition("placed", {
    needsToken: true,
    fields: { account: z.string().regex(/^[a-z]+$/, "must be letters") },
    environment: { token: "PLACED_KEY", options: { account: "PLACED_ACCOUNT" } },
  });
  const types = [placed, definition("echo")];
  const alone = configFromEnvironment({ PLACED_KEY: "k" }, types);
  expect(alone.ok ? alone.config.providers : []).toMatchObject([{ type: "echo" }]);
  const result = configFromEnvironment({ PLACED_KEY: "k", PLACED_ACCOUNT: "acme" }, types);
  expect(result.ok ? result.config.providers : []).toMatchObject([
    { type: "placed", apiTokens: ["k"], options: { account: "acme" } },
  ]);
  const wrong = configFromEnvironment({ PLACED_KEY: "k", PLACED_ACCOUNT: "sk-123" }, types);
  expect(wrong.ok ? [] : wrong.errors.map(formatError)).toEqual(["environment  PLACED_ACCOUNT  must be letters"]);
});

test("SLUICE_ADMIN_TOKEN protects the admin port", () => {
  expect(from({ SLUICE_ADMIN_TOKEN: "t" }).admin).toEqual({ host: "127.0.0.1", port: 8081, token: "t" });
});

test("an error names the variable, not its value", () => {
  const result = configFromEnvironment(
    { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "https://user:secret@host" },
    definitions,
  );
  expect(result.ok ? [] : result.errors.map(formatError)).toEqual([
    "environment  OPENAI_BASE_URL  must not hold a user or password",
  ]);
});

test("without an echo there has to be a provider", () => {
  expect(configFromEnvironment({}, [definition("openai")]).ok).toBe(false);
});
