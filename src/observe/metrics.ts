/** Label values in the order of the family's label names. */
type Values = readonly string[];

/** The most series a family holds; what comes after is counted under `other` in every label. */
const MAX_SERIES = 5000;

/** What every kind of metric says of itself. */
interface Family {
  readonly name: string;
  expose(lines: string[]): void;
}

/** Prometheus metrics of one gateway, in the order of their making. */
export class Metrics {
  readonly #families: Family[] = [];

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#add(new Counter(name, help, labels));
  }

  histogram(name: string, help: string, labels: readonly string[], bounds: readonly number[]): Histogram {
    return this.#add(new Histogram(name, help, labels, bounds));
  }

  /** A value read when somebody looks, so that keeping it costs nothing. */
  gauge(name: string, help: string, read: () => number): void {
    this.#add({
      name,
      expose: (lines) => lines.push(...head(name, help, "gauge"), `${name} ${numeral(read())}`),
    });
  }

  /** Values read when somebody looks, by labels: what is not answered any more is gone. */
  gauges(name: string, help: string, labels: readonly string[], read: () => Iterable<readonly [Values, number]>): void {
    this.#add({
      name,
      expose(lines) {
        const now = new Levels(name, help, labels);
        for (const [values, value] of read()) now.with(...values).set(value);
        now.expose(lines);
      },
    });
  }

  /** Values that go up and down, by labels. */
  levels(name: string, help: string, labels: readonly string[]): Levels {
    return this.#add(new Levels(name, help, labels));
  }

  /** The text exposition, format 0.0.4. */
  expose(): string {
    const lines: string[] = [];
    for (const family of this.#families) family.expose(lines);
    return `${lines.join("\n")}\n`;
  }

  #add<T extends Family>(family: T): T {
    if (this.#families.some(({ name }) => name === family.name))
      throw new Error(`There are two metrics ${family.name}.`);
    this.#families.push(family);
    return family;
  }
}

/** One line of a counter; who counts often keeps it. */
export interface CounterSeries {
  add(by: number): void;
}

/** A sum that only grows, by labels. */
export class Counter implements Family {
  readonly name: string;
  readonly #help: string;
  readonly #series: Series<{ value: number } & CounterSeries>;

  constructor(name: string, help: string, labels: readonly string[]) {
    this.name = name;
    this.#help = help;
    this.#series = new Series(labels, () => ({
      value: 0,
      add(by: number) {
        this.value += by;
      },
    }));
  }

  with(...values: Values): CounterSeries {
    return this.#series.of(values);
  }

  expose(lines: string[]): void {
    lines.push(...head(this.name, this.#help, "counter"));
    for (const [labels, { value }] of this.#series.all()) lines.push(`${this.name}${braced(labels)} ${numeral(value)}`);
  }
}

/** One line of a gauge; who sets often keeps it. */
export interface LevelSeries {
  set(value: number): void;
}

/** Values that go up and down, by labels. */
export class Levels implements Family {
  readonly name: string;
  readonly #help: string;
  readonly #series: Series<{ value: number } & LevelSeries>;

  constructor(name: string, help: string, labels: readonly string[]) {
    this.name = name;
    this.#help = help;
    this.#series = new Series(labels, () => ({
      value: 0,
      set(value: number) {
        this.value = value;
      },
    }));
  }

  with(...values: Values): LevelSeries {
    return this.#series.of(values);
  }

  expose(lines: string[]): void {
    lines.push(...head(this.name, this.#help, "gauge"));
    for (const [labels, { value }] of this.#series.all()) lines.push(`${this.name}${braced(labels)} ${numeral(value)}`);
  }
}

/** One line of a histogram; who observes often keeps it. */
export interface HistogramSeries {
  observe(value: number): void;
}

/** How values are spread, by labels. */
export class Histogram implements Family {
  readonly name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series: Series<Buckets>;

  constructor(name: string, help: string, labels: readonly string[], bounds: readonly number[]) {
    this.name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#series = new Series(labels, () => new Buckets(bounds));
  }

  with(...values: Values): HistogramSeries {
    return this.#series.of(values);
  }

  expose(lines: string[]): void {
    lines.push(...head(this.name, this.#help, "histogram"));
    for (const [labels, { counts, sum }] of this.#series.all()) {
      const before = labels === "" ? "" : `${labels},`;
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bound = this.#bounds[index];
        lines.push(`${this.name}_bucket{${before}le="${bound === undefined ? "+Inf" : numeral(bound)}"} ${total}`);
      }
      lines.push(`${this.name}_sum${braced(labels)} ${numeral(sum)}`, `${this.name}_count${braced(labels)} ${total}`);
    }
  }
}

class Buckets implements HistogramSeries {
  readonly #bounds: readonly number[];
  /** Not cumulative, so that observing touches one; the last is for what is above every bound. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index++;
    this.counts[index]!++;
    this.sum += value;
  }
}

/** The lines of a family by their label values. */
class Series<T> {
  readonly #names: readonly string[];
  readonly #make: () => T;
  readonly #lines = new Map<string, T>();

  constructor(names: readonly string[], make: () => T) {
    this.#names = names;
    this.#make = make;
  }

  of(values: Values): T {
    const labels = labelText(this.#names, values);
    const known = this.#lines.get(labels);
    if (known !== undefined) return known;
    if (this.#lines.size >= MAX_SERIES) {
      const other = labelText(
        this.#names,
        this.#names.map(() => "other"),
      );
      // The one line above the bound.
      return this.#lines.get(other) ?? this.#keep(other);
    }
    return this.#keep(labels);
  }

  all(): Iterable<[string, T]> {
    return this.#lines;
  }

  #keep(labels: string): T {
    const made = this.#make();
    this.#lines.set(labels, made);
    return made;
  }
}

function labelText(names: readonly string[], values: Values): string {
  return names.map((name, index) => `${name}="${escaped(values[index] ?? "")}"`).join(",");
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => ESCAPES[character]!);
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help.replace(/[\\\n]/g, (character) => ESCAPES[character]!)}`, `# TYPE ${name} ${type}`];
}

/** A number as Prometheus writes it. */
function numeral(value: number): string {
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}
