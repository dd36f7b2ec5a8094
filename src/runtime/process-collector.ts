/**
 * Process collector: the metrics that a process has once, however many of its threads collect them.
 *
 * Every thread can read them, so no thread is in charge of it and none has to take over from one that ends: gauges are one
 * value that the last reading sets, counters are raised to what the operating system has counted. Of the threads that are
 * asked for one scrape, one reads.
 */
import type { Gauge } from '../primitives/gauge.js';
import type { DefaultCollector } from './default-collector.js';
import type { DefaultFamilies } from './default-families.js';
import type { DefaultName } from './default-names.js';
import {
  CPU,
  CPU_SYSTEM,
  CPU_USER,
  MAX_FDS,
  NETWORK_RECEIVED,
  NETWORK_SENT,
  OPEN_FDS,
  PROCESS_HEAP,
  PROCESS_THREADS,
  RESIDENT_MEMORY,
  START_TIME,
  VERSION,
  VIRTUAL_MEMORY,
  VIRTUAL_MEMORY_MAX,
} from './default-names.js';
import type { ProcessReading } from './process-reading.js';
import { ProcessReader, thisProcess } from './process-reading.js';

type Show = (reading: ProcessReading) => void;

const GAUGES: readonly (readonly [DefaultName, keyof ProcessReading])[] = [
  [RESIDENT_MEMORY, 'residentBytes'],
  [VIRTUAL_MEMORY, 'virtualBytes'],
  [PROCESS_HEAP, 'dataBytes'],
  [VIRTUAL_MEMORY_MAX, 'virtualMaxBytes'],
  [OPEN_FDS, 'openFds'],
  [MAX_FDS, 'maxFds'],
  [PROCESS_THREADS, 'threads'],
];
const COUNTERS: readonly (readonly [DefaultName, keyof ProcessReading])[] = [
  [NETWORK_RECEIVED, 'networkReceivedBytes'],
  [NETWORK_SENT, 'networkSentBytes'],
];

/** Of two computations of the same moment, by clocks that drift and are rounded. */
const START_TIME_TOLERANCE_SECONDS = 1;

export class ProcessCollector implements DefaultCollector {
  readonly named = CPU_USER;
  private readonly shows: readonly Show[];
  private readonly isMyTurn: () => boolean;

  constructor(
    families: DefaultFamilies,
    private readonly reader = new ProcessReader(thisProcess()),
  ) {
    const cpu = cpuOf(families);
    const startTime = families.turnGauge(START_TIME, 'omit');
    const { labels } = families.settings;
    this.isMyTurn = startTime.turns(labels);
    // A family is there only if the platform has something to tell in it.
    const first = reader.read();
    const others = [
      ...GAUGES.flatMap(([named, field]) =>
        first[field] === undefined ? [] : [gaugeShow(families, named, field)],
      ),
      ...COUNTERS.flatMap(([named, field]) =>
        first[field] === undefined ? [] : [counterShow(families, named, field)],
      ),
    ];
    this.shows = [
      cpu,
      ({ startedSeconds }) => {
        const known = startTime.value(labels) ?? 0;
        if (Math.abs(known - startedSeconds) > START_TIME_TOLERANCE_SECONDS)
          startTime.set(labels, startedSeconds);
      },
      ...others,
    ];
  }

  collect(): void {
    if (!this.isMyTurn()) return;
    const reading = this.reader.read();
    for (const show of this.shows) show(reading);
  }
}

/** The version of Node.js, as labels. */
export class VersionCollector implements DefaultCollector {
  readonly named = VERSION;
  private readonly gauge: Gauge<string>;
  private readonly labels: Readonly<Record<string, string | number>>;

  constructor(families: DefaultFamilies) {
    const [major = '', minor = '', patch = ''] = process.versions.node.split('.');
    const own = { version: process.version, major, minor, patch };
    this.gauge = families.processGauge(VERSION, 'first', own);
    this.labels = { ...own, ...families.settings.labels };
  }

  /** With each scrape: a registry that was reset is to show it again. */
  collect(): void {
    this.gauge.set(this.labels, 1);
  }
}

function cpuOf(families: DefaultFamilies): Show {
  const [user, system, both] = [CPU_USER, CPU_SYSTEM, CPU].map(named => families.processCounter(named));
  return ({ cpuUserSeconds, cpuSystemSeconds }) => {
    user!(cpuUserSeconds);
    system!(cpuSystemSeconds);
    both!(cpuUserSeconds + cpuSystemSeconds);
  };
}

function gaugeShow(families: DefaultFamilies, named: DefaultName, field: keyof ProcessReading): Show {
  const gauge = families.processGauge(named);
  const { labels } = families.settings;
  return reading => {
    const value = reading[field];
    if (value !== undefined) gauge.set(labels, value);
  };
}

function counterShow(families: DefaultFamilies, named: DefaultName, field: keyof ProcessReading): Show {
  const raise = families.processCounter(named);
  return reading => {
    const value = reading[field];
    if (value !== undefined) raise(value);
  };
}
