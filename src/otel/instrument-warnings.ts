/** Instrument warnings: what the process is told of instruments that are shown otherwise than asked for, each once. */
import { warn } from '../registry/cardinality.js';
import type { Stream } from './views.js';

/** Code of the process warnings of instruments. */
export const INSTRUMENT_WARNING = 'THREADTALLY_INSTRUMENT';

/** Of one provider: libraries ask for an instrument again and again, and from several meters. */
export class InstrumentWarnings {
  private readonly given = new Set<string>();
  private readonly twins = new Set<string>();

  recordsNothing({ name, kind }: Stream, problem: string): void {
    this.once(`the ${kind} ${name} of OpenTelemetry records nothing: ${problem}`);
  }

  shownAs({ name, kind }: Stream, shown: string, problem: string): void {
    // Told already: what is in its way is the other one.
    if (this.twins.has(name)) return;
    this.once(
      `the ${kind} ${name} of OpenTelemetry is shown as ${shown}: ${problem}. Give it another name with a view, or ` +
        'rename what is in its way',
    );
  }

  /** As the specification wants it, each view is applied; that one recording counts twice then is what nobody expects. */
  twinsIn(streams: readonly Stream[], instrument: string): void {
    const names = streams.map(({ name }) => name);
    for (const name of new Set(names.filter((one, i) => names.indexOf(one) !== i))) {
      this.twins.add(name);
      const count = names.filter(one => one === name).length;
      this.once(
        `${count} views choose the instrument ${instrument} of OpenTelemetry, and each makes a metric ${name} of it: ` +
          'recordings count once for each view, in one metric or, where the views differ, in others beside it. Keep one ' +
          'of the views, or give the others a name',
      );
    }
  }

  private once(message: string): void {
    if (this.given.has(message)) return;
    this.given.add(message);
    warn(message, INSTRUMENT_WARNING);
  }
}
