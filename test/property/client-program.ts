/** Client programs: generated calls that any client library with the classes of prom-client understands. */
import fc from 'fast-check';

type Values = Record<string, unknown>;

/** What is used of a client library. */
export interface Client {
  readonly Registry: (new (contentType?: never) => ClientRegistry) & {
    merge(registers: readonly ClientRegistry[]): ClientRegistry;
  };
  readonly prometheusContentType: string;
  readonly openMetricsContentType: string;
}

export interface ClientRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  getMetricsAsJSON(): Promise<readonly ClientReading[]>;
  getSingleMetricAsString(name: string): Promise<string>;
  getMetricsAsArray(): readonly { readonly name: string }[];
  setContentType(contentType: never): void;
  setDefaultLabels(labels: object): void;
  removeSingleMetric(name: string): void;
  resetMetrics(): void;
  clear(): void;
}

export interface ClientReading {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values: readonly { value: number; labels: Values; metricName?: string }[];
}

type Metric = Record<string, (...given: unknown[]) => unknown>;

export type ClassName = 'Counter' | 'Gauge' | 'Histogram' | 'Summary';

/** What a program refers to by index. */
export const DEFINITIONS: readonly {
  readonly className: ClassName;
  readonly options: Values & { name: string; labelNames?: readonly string[] };
}[] = (
  [
    ['Counter', {}],
    ['Gauge', {}],
    ['Histogram', { buckets: [1, 2.5, 1e6] }],
    ['Summary', { percentiles: [0.5, 1] }],
  ] as const
).flatMap(([className, options]) => {
  const name = className.toLowerCase();
  return [
    { className, options: { ...options, name: `${name}_bare`, help: 'Back\\slash,\nline.' } },
    { className, options: { ...options, name: `${name}_labelled`, help: 'H.', labelNames: ['a', 'b'] } },
  ];
});

/** Definitions that both refuse. */
const REFUSED: readonly unknown[] = [
  undefined,
  null,
  'text',
  {},
  { name: 'n' },
  { help: 'h' },
  { name: '1st', help: 'h' },
  { name: 'a b', help: 'h' },
  { name: 'n', help: 'h', labelNames: ['a-b'] },
  { name: 'n', help: 'h', collect: 'now' },
];

/** The fake clock of timers. */
export interface Clock {
  nowMs: number;
}

/** One library at work on a program. */
export class World {
  registry: ClientRegistry;
  private readonly metrics = new Map<number, Metric>();
  private ends: ((labels?: unknown) => unknown)[] = [];

  constructor(
    readonly client: Client,
    readonly clock: Clock,
  ) {
    this.registry = new client.Registry();
  }

  define(index: number): void {
    const { className, options } = DEFINITIONS[index]!;
    this.metrics.set(index, this.create(className, options));
  }

  defineWrong(className: ClassName, index: number): void {
    const options = REFUSED[index];
    this.create(className, typeof options === 'object' ? options : (options as never));
  }

  /** Calls a method of a metric, or of the handle for some labels; nothing when it is not defined. */
  call(index: number, method: string, given: readonly unknown[], handle?: readonly unknown[]): unknown {
    const metric = this.metrics.get(index);
    if (metric === undefined) return undefined;
    const target = handle === undefined ? metric : (metric['labels']!(...handle) as Metric);
    return target[method]!(...given);
  }

  startTimer(index: number, given: readonly unknown[], handle?: readonly unknown[]): void {
    const end = this.call(index, 'startTimer', given, handle);
    if (end !== undefined) this.ends.push(end as () => unknown);
  }

  endTimers(labels?: unknown): unknown[] {
    const { ends } = this;
    this.ends = [];
    return ends.map(end => end(labels));
  }

  /** What is left of the metric is not used any more: what it records goes where the libraries differ. */
  forget(index?: number): void {
    if (index === undefined) this.metrics.clear();
    else this.metrics.delete(index);
    this.ends = [];
  }

  merged(): ClientRegistry {
    const other = new this.client.Registry();
    other.setContentType(this.registry.contentType as never);
    const { Gauge } = this.client as unknown as Record<ClassName, new (options: unknown) => Metric>;
    new Gauge({ name: 'of_another', help: 'O.', registers: [other] })['set']!(4);
    return this.client.Registry.merge([this.registry, other]);
  }

  private create(className: ClassName, options: unknown): Metric {
    const Class = (this.client as unknown as Record<ClassName, new (options: unknown) => Metric>)[className];
    const registered =
      typeof options === 'object' && options !== null ? { ...options, registers: [this.registry] } : options;
    return new Class(registered);
  }
}

/** One step of a program: the same in every world. */
export interface Step {
  readonly run: (world: World) => unknown;
  readonly title: string;
}

function step(title: string, run: (world: World) => unknown): Step {
  return { run, title, [fc.toStringMethod]: () => title } as Step;
}

const index = fc.nat(DEFINITIONS.length - 1);
const labelValue = fc.constantFrom<unknown>('x', 'y', 'quo"te\\ and\nline', '1,b:2', 1, true);
const labelObject = fc.oneof(
  fc.record({ a: labelValue, b: labelValue }, { requiredKeys: [] }),
  fc.record({ b: labelValue, a: labelValue }),
  fc.constantFrom<Values>({ c: 'x' }, { a: 'x', other: 1 }),
);
const positional = fc.oneof(
  fc.tuple(labelValue, labelValue),
  fc.constantFrom<unknown[]>([], ['x'], ['x', 'y', 'z']),
);
/** Exact in any order of addition; the bounds of the histograms are among them. */
const amount = fc.oneof(
  fc.constantFrom(0, 1, 2.5, 1e6),
  fc.integer({ min: 0, max: 1_000_000 }),
  fc.integer({ min: 0, max: 40 }).map(quarters => quarters / 4),
);
const wrongAmount = fc.constantFrom<unknown>('3ms', Infinity, -Infinity, { n: 1 }, [2]);
const METHODS: Record<ClassName, readonly string[]> = {
  Counter: ['inc'],
  Gauge: ['inc', 'dec', 'set'],
  Histogram: ['observe'],
  Summary: ['observe'],
};
/** Of one value every quantile is that value: they interpolate otherwise. */
const SUMMARY_AMOUNT = 4;

function amountsOf(className: ClassName): fc.Arbitrary<unknown[]> {
  const wrong = fc.oneof(wrongAmount, ...(className === 'Counter' ? [fc.constant(-1)] : []));
  if (className === 'Summary')
    return fc.oneof(
      { weight: 5, arbitrary: fc.constant<unknown[]>([SUMMARY_AMOUNT]) },
      // Of a text, prom-client takes the letters for labels.
      wrong.filter(one => typeof one !== 'string').map(one => [one]),
    );
  const right: fc.Arbitrary<unknown>[] = [amount];
  if (className === 'Gauge') right.push(fc.constantFrom(-3, NaN));
  const one = fc.oneof(
    { weight: 5, arbitrary: fc.oneof(...right).map(value => [value]) },
    wrong.map(value => [value]),
  );
  const isOptional = className === 'Counter' || className === 'Gauge';
  return isOptional ? fc.oneof({ weight: 4, arbitrary: one }, fc.constant<unknown[]>([])) : one;
}

/** Of two mistakes in one call they name different ones; and of what is no number, dec() of prom-client makes NaN. */
function oneMistake(
  method: string,
  amounts: readonly unknown[],
  handle: readonly unknown[] | undefined,
  { labelNames = [] }: { readonly labelNames?: readonly string[] },
): readonly unknown[] {
  const [first] = handle ?? [];
  const isKnown =
    typeof first === 'object'
      ? Object.keys(first!).every(name => labelNames.includes(name))
      : handle === undefined || handle.length === labelNames.length;
  const isAmount = amounts.every(Number.isFinite) && amounts[0] !== -1;
  const isWanting =
    method === 'set' && (amounts.length === 0 || (handle === undefined && typeof amounts[0] === 'object'));
  return isWanting || (!isAmount && (!isKnown || method === 'dec')) ? [SUMMARY_AMOUNT] : amounts;
}

const recording = index.chain(at => {
  const { className, options } = DEFINITIONS[at]!;
  const methods = METHODS[className];
  return fc
    .tuple(
      fc.constantFrom(...methods),
      amountsOf(className),
      fc.option(labelObject),
      fc.option(positional),
      fc.boolean(),
    )
    .map(([method, amounts, labels, list, isHandle]) => {
      const handle = labels === null ? (list ?? []) : [labels];
      const given = oneMistake(method, amounts, isHandle || labels !== null ? handle : undefined, options);
      if (isHandle)
        return step(`${options.name}.labels(${text(handle)}).${method}(${text(given)})`, world =>
          world.call(at, method, given, handle),
        );
      const all = labels === null ? given : [labels, ...given];
      return step(`${options.name}.${method}(${text(all)})`, world => world.call(at, method, all));
    });
});

const definitionOf = (at: number): Step =>
  step(`define ${DEFINITIONS[at]!.options.name}`, world => world.define(at));

const defining = index.map(definitionOf);

const structure = fc.oneof(
  fc
    .tuple(fc.constantFrom<ClassName>('Counter', 'Gauge', 'Histogram', 'Summary'), fc.nat(REFUSED.length - 1))
    .map(([className, at]) =>
      step(`new ${className}(${text([REFUSED[at]])})`, world => world.defineWrong(className, at)),
    ),
  fc
    .tuple(
      index,
      fc.oneof(
        labelObject.map(one => [one]),
        positional,
      ),
    )
    .map(([at, given]) =>
      step(`${DEFINITIONS[at]!.options.name}.remove(${text(given)})`, world =>
        world.call(at, 'remove', given),
      ),
    ),
  index.map(at => step(`${DEFINITIONS[at]!.options.name}.reset()`, world => world.call(at, 'reset', []))),
  fc.constant(step('resetMetrics()', world => world.registry.resetMetrics())),
  index.map(at =>
    step(`removeSingleMetric(${DEFINITIONS[at]!.options.name})`, world => {
      world.registry.removeSingleMetric(DEFINITIONS[at]!.options.name);
      world.forget(at);
    }),
  ),
  fc.constant(
    step('clear()', world => {
      world.registry.clear();
      world.forget();
    }),
  ),
  fc
    .constantFrom<object>({}, { env: 'production' }, { a: 'default', zone: 3 })
    .map(labels =>
      step(`setDefaultLabels(${text([labels])})`, world => world.registry.setDefaultLabels(labels)),
    ),
  fc
    .constantFrom<'prometheusContentType' | 'openMetricsContentType' | undefined>(
      'prometheusContentType',
      'openMetricsContentType',
      undefined,
    )
    .map(name =>
      step(`setContentType(${name})`, world =>
        world.registry.setContentType((name === undefined ? 'text/html' : world.client[name]) as never),
      ),
    ),
  fc.constant(step('zero', world => world.call(5, 'zero', [{ a: 'never recorded' }]))),
);

const timing = fc.oneof(
  fc
    .tuple(fc.integer({ min: 2, max: DEFINITIONS.length - 1 }), labelObject, fc.boolean())
    .map(([at, labels, isHandle]) => {
      const isBare = at % 2 === 0;
      const { name } = DEFINITIONS[at]!.options;
      if (isHandle)
        return step(`${name}.labels().startTimer()`, world =>
          world.startTimer(at, [], isBare ? [] : ['x', 'y']),
        );
      return step(`${name}.startTimer(${isBare ? '' : text([labels])})`, world =>
        world.startTimer(at, isBare ? [] : [labels]),
      );
    }),
  // Of a summary: the amount that all of its observations have.
  fc.constant(
    step('4 s pass, timers end', world => {
      world.clock.nowMs += SUMMARY_AMOUNT * 1_000;
      return world.endTimers();
    }),
  ),
);

/** What a world shows. */
const LOOKS = ['metrics', 'single', 'merged', 'list'] as const;
export type Look = (typeof LOOKS)[number] | 'json';

export const anyProgram: fc.Arbitrary<readonly (Step | Look)[]> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: recording },
      { weight: 5, arbitrary: defining },
      { weight: 4, arbitrary: structure },
      { weight: 2, arbitrary: timing },
      { weight: 3, arbitrary: fc.constantFrom(...LOOKS) },
    ),
    { maxLength: 40 },
  )
  .chain(steps =>
    fc
      .shuffledSubarray(
        DEFINITIONS.map((_, at) => definitionOf(at)),
        { minLength: 3 },
      )
      // As JSON at the end alone: it leaves the default labels in the series of prom-client.
      .map(definitions => [...definitions, ...steps, 'metrics', 'json']),
  );

function text(given: readonly unknown[]): string {
  return given.map(one => (typeof one === 'number' ? String(one) : JSON.stringify(one))).join(', ');
}
