import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Json, JsonObject } from "#src/core/json.ts";
import { documentOf } from "#mcp/rest/settings.ts";
import { createRestServer } from "#mcp/rest/tools.ts";
import { type Backend, startBackend } from "#tests/support/backend.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { textOf } from "./called.ts";

/** Answers in the form of the APIs' own, by host and path. */
const ANSWERS: Readonly<Record<string, Json>> = {
  "/geocoding-api.open-meteo.com/v1/search?name=Berlin&count=5&language=en": {
    results: [
      {
        name: "Berlin",
        latitude: 52.52437,
        longitude: 13.41053,
        country: "Germany",
        admin1: "Land Berlin",
        timezone: "Europe/Berlin",
      },
    ],
    generationtime_ms: 0.6,
  },
  "/geocoding-api.open-meteo.com/v1/search?name=Nowhere%20at%20all&count=5&language=en": { generationtime_ms: 0.5 },
  "/api.open-meteo.com/v1/forecast?timezone=auto&forecast_days=2&current=temperature_2m,apparent_temperature,relative_humidity_2m,wind_speed_10m,weather_code&daily=weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum&latitude=52.52437&longitude=13.41053":
    {
      timezone: "Europe/Berlin",
      current_units: { wind_speed_10m: "km/h" },
      current: {
        time: "2026-11-25T15:00",
        temperature_2m: 2.4,
        apparent_temperature: -1.1,
        relative_humidity_2m: 86,
        wind_speed_10m: 11.9,
        weather_code: 3,
      },
      daily: {
        time: ["2026-11-25", "2026-11-26"],
        weather_code: [61, 4],
        temperature_2m_max: [4.2, 5],
        temperature_2m_min: [-0.5, 1],
        precipitation_sum: [1.3, 0],
      },
    },
  "/api.frankfurter.dev/v1/currencies": { AUD: "Australian Dollar", EUR: "Euro" },
  "/api.frankfurter.dev/v1/latest?base=EUR&symbols=USD%2CJPY&amount=10": {
    amount: 10,
    base: "EUR",
    date: "2026-11-24",
    rates: { USD: 11.6, JPY: 1780.5 },
  },
  "/en.wikipedia.org/w/rest.php/v1/search/page?q=jupiter&limit=5": {
    pages: [
      {
        key: "Jupiter",
        title: "Jupiter",
        excerpt: 'The planet <span class="searchmatch">Jupiter</span>',
        description: "Fifth planet",
      },
    ],
  },
  "/en.wikipedia.org/api/rest_v1/page/summary/AC%2FDC": {
    title: "AC/DC",
    extract: "A band.",
    content_urls: { desktop: { page: "https://en.wikipedia.org/wiki/AC/DC" } },
  },
  "/api.github.com/search/repositories?q=a%20stars%3A%3E1&per_page=10": {
    total_count: 1,
    items: [{ full_name: "o/r", stargazers_count: 5, language: null, description: null }],
  },
  "/api.github.com/repos/o/r/issues/7": {
    title: "Bug",
    number: 7,
    state: "open",
    user: { login: "octocat" },
    comments: 2,
    labels: [{ name: "bug" }],
    body: "It broke.",
  },
  "/api.github.com/repos/o/r/contents/docs/a%20b.md?ref=main": { file: "text" },
};

let backend: Backend;
beforeAll(() => {
  backend = startBackend((request) => {
    const { pathname, search } = new URL(request.url);
    const answer = ANSWERS[pathname + search];
    return answer === undefined
      ? Response.json({ message: `no answer for ${pathname}${search}` }, { status: 404 })
      : Response.json(answer);
  });
});
afterAll(() => backend.close());

/** Calls a tool of an example, its APIs replaced by the ones above. */
async function ask(
  example: string,
  tool: string,
  args: JsonObject,
  credentials?: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  const world = mcpWorld({
    readFile: (path) => readFileSync(path, "utf8").replaceAll("https://", `http://${backend.address}/`),
  });
  const file = new URL(`../../../mcp/servers/${example}.yaml`, import.meta.url).pathname;
  const document = documentOf(credentials === undefined ? file : { file, credentials }, world);
  const server = createRestServer(example, document, world);
  return server.handle({ method: "tools/call", params: { name: tool, arguments: args } }, mcpCall());
}

describe("the example servers ask their APIs, and say what these answer", () => {
  test("weather", async () => {
    expect(textOf(await ask("weather", "find_place", { name: "Berlin" }))).toBe(
      "\n- Berlin, Land Berlin, Germany: latitude 52.52437, longitude 13.41053, time zone Europe/Berlin\n",
    );
    expect(textOf(await ask("weather", "find_place", { name: "Nowhere at all" }))).toBe(
      "\nThere is no place of this name.\n",
    );
    expect(textOf(await ask("weather", "get_weather", { latitude: 52.52437, longitude: "13.41053", days: 2 }))).toBe(
      [
        "Now (2026-11-25T15:00, Europe/Berlin): overcast, 2.4 °C, feels like -1.1 °C, humidity 86 %, wind 11.9 km/h",
        "Wednesday 25 November: light rain, -0.5 to 4.2 °C, 1.3 mm",
        "Thursday 26 November: weather code 4, 1 to 5 °C, 0 mm",
        "",
      ].join("\n"),
    );
  });

  test("currency", async () => {
    expect(textOf(await ask("currency", "list_currencies", {}))).toBe("AUD: Australian Dollar\nEUR: Euro\n");
    const result = await ask("currency", "convert", { amount: 10, from: "eur", to: "usd,jpy" });
    expect(textOf(result)).toBe("10 EUR = 11.6 USD (2026-11-24)\n10 EUR = 1780.5 JPY (2026-11-24)\n");
    expect(result["structuredContent"]).toMatchObject({ base: "EUR", rates: { USD: 11.6 } });
    const wrong = await ask("currency", "convert", { from: "xxx", to: "usd" });
    expect(wrong["isError"]).toBe(true);
    expect(textOf(wrong)).toContain("Frankfurter says: no answer for");
  });

  test("wikipedia", async () => {
    expect(textOf(await ask("wikipedia", "search_articles", { q: "jupiter" }))).toBe(
      "\n- Jupiter: Fifth planet. The planet Jupiter\n",
    );
    expect(textOf(await ask("wikipedia", "get_summary", { key: "AC/DC" }))).toBe(
      "# AC/DC\nA band.\nhttps://en.wikipedia.org/wiki/AC/DC\n",
    );
    expect(backend.seen.at(-1)!.headers.get("user-agent")).toContain("Sluice");
  });

  test("github", async () => {
    const token = { token: "ghp_example" };
    expect(textOf(await ask("github", "search_repositories", { q: "a stars:>1" }, token))).toBe(
      "1 repositories.\n- o/r (5 stars): no description\n",
    );
    expect(backend.seen.at(-1)!.headers.get("authorization")).toBe("Bearer ghp_example");
    expect(textOf(await ask("github", "get_issue", { owner: "o", repo: "r", number: 7 }, token))).toBe(
      "# Bug (#7, open, by octocat, 2 comments)\n[bug] \nIt broke.\n",
    );
    expect(
      textOf(await ask("github", "read_file", { owner: "o", repo: "r", path: "docs/a b.md", ref: "main" }, token)),
    ).toBe('{"file":"text"}');
    expect(textOf(await ask("github", "get_issue", { owner: "o", repo: "r", number: 7 }))).toContain(
      "'token' has no credential",
    );
  });
});
