import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_WORKER_COUNT, HELP, parseOptions, type JobOptions } from '../../../workers/options.js';

function optionsOf(...args: string[]): JobOptions {
  const parsed = parseOptions(args);
  assert.ok(parsed.kind === 'run', JSON.stringify(parsed));
  return parsed.options;
}

function problemsOf(...args: string[]): readonly string[] {
  const parsed = parseOptions(args);
  assert.ok(parsed.kind === 'wrong', JSON.stringify(parsed));
  return parsed.problems;
}

describe('parseOptions', () => {
  it('without arguments runs the generator in real time and serves on 127.0.0.1:9464', () => {
    assert.deepEqual(optionsOf(), {
      input: undefined,
      output: undefined,
      workerCount: DEFAULT_WORKER_COUNT,
      speed: 1,
      exitWhenDone: false,
      host: '127.0.0.1',
      port: 9464,
      generator: { seed: 1, ratePerSecond: 100, disorder: 0.01, eventsMax: Infinity },
    });
    assert.ok(DEFAULT_WORKER_COUNT >= 2);
  });

  it('reads a file as fast as possible, unless told otherwise', () => {
    assert.equal(optionsOf('--input', 'a.csv').speed, Infinity);
    assert.equal(optionsOf('--input', 'a.csv', '--speed', '60').speed, 60);
    assert.equal(optionsOf('--input=a.csv', '--speed=max').speed, Infinity);
    assert.equal(optionsOf('--speed', '0.5').speed, 0.5);
    assert.equal(optionsOf('--input', '-').input, '-');
  });

  it('reads every other option', () => {
    const words =
      '--workers 5 --port 0 --host ::1 --exit-when-done --output w.jsonl --seed 7 --rate 2.5 --events 10';
    const options = optionsOf(...words.split(' '), '--disorder', '0');
    assert.equal(options.workerCount, 5);
    assert.equal(options.port, 0);
    assert.equal(options.host, '::1');
    assert.equal(options.exitWhenDone, true);
    assert.equal(options.output, 'w.jsonl');
    assert.deepEqual(options.generator, { seed: 7, ratePerSecond: 2.5, disorder: 0, eventsMax: 10 });
  });

  it('says which option was meant', () => {
    assert.deepEqual(problemsOf('--worker', '2', '--exit-when-don'), [
      'unknown option --worker; did you mean --workers? --help lists the options',
      'unexpected argument "2"; a file is given with --input FILE',
      'unknown option --exit-when-don; did you mean --exit-when-done? --help lists the options',
    ]);
  });

  it('lists every problem at once, with the value and the limits', () => {
    assert.deepEqual(
      problemsOf('--workers', '0', '--port=70000', '--speed', 'fast', '--colour', 'file.csv'),
      [
        'unknown option --colour; --help lists the options',
        'unexpected argument "file.csv"; a file is given with --input FILE',
        '--workers is 0; give a whole number from 1 to 16',
        '--speed is fast; give max or a number from 0.001 to 1000000',
        '--port is 70000; give a whole number from 0 to 65535',
      ],
    );
  });

  it('refuses a missing value, a value for a flag, and an option given twice', () => {
    assert.deepEqual(problemsOf('--input'), ['--input needs a value, got none']);
    assert.deepEqual(problemsOf('--input', '--exit-when-done'), [
      '--input needs a value, got --exit-when-done',
    ]);
    assert.deepEqual(problemsOf('--exit-when-done=no'), ['--exit-when-done takes no value, got no']);
    assert.deepEqual(problemsOf('--port', '1', '--port', '2'), ['--port is given twice, 1 and 2; keep one']);
  });

  it('refuses options of the generator beside a file, instead of ignoring them', () => {
    assert.deepEqual(problemsOf('--input', 'a.csv', '--seed', '3'), [
      '--seed is for the generator and has no effect with --input; remove one of them',
    ]);
  });

  it('sends spans where a receiver is named', () => {
    assert.equal(optionsOf().telemetry, undefined);
    const url = 'http://localhost:4318';
    assert.deepEqual(optionsOf('--otlp', url).telemetry, {
      url,
      protocol: undefined,
      ratio: undefined,
      eventSpansMax: 1,
    });
    const words = `--otlp ${url} --otlp-protocol protobuf --trace-ratio 0.1 --trace-events 8`;
    assert.deepEqual(optionsOf(...words.split(' ')).telemetry, {
      url,
      protocol: 'http/protobuf',
      ratio: 0.1,
      eventSpansMax: 8,
    });
  });

  it('refuses options of spans that are wrong, or without a receiver', () => {
    const words = '--otlp localhost:4318 --otlp-protocol grpc --trace-ratio 2 --trace-events 257';
    assert.deepEqual(problemsOf(...words.split(' ')), [
      '--otlp is localhost:4318; give the URL of a receiver, such as http://localhost:4318',
      '--otlp-protocol is grpc; give json or protobuf',
      '--trace-ratio is 2; give a number from 0 to 1',
      '--trace-events is 257; give a whole number from 0 to 256',
    ]);
    assert.deepEqual(problemsOf('--trace-ratio', '0.1'), [
      '--trace-ratio has no effect without --otlp; give it too',
    ]);
  });

  it('refuses numbers in forms that only JavaScript knows', () => {
    for (const text of ['1e1', '0x10', ' 5', '-1', '5.0', 'NaN', '']) {
      assert.equal(parseOptions(['--workers', text]).kind, 'wrong', text);
    }
  });

  it('helps, whatever else is there, and names every option', () => {
    assert.equal(parseOptions(['--help']).kind, 'help');
    assert.equal(parseOptions(['-h', '--workers', '99']).kind, 'help');
    for (const name of Object.keys(optionsOf().generator).concat(
      'input',
      'output',
      'workers',
      'speed',
      'port',
    )) {
      const option = { ratePerSecond: 'rate', eventsMax: 'events' }[name] ?? name;
      assert.match(HELP, new RegExp(`--${option}\\b`));
    }
  });

  it('never throws, whatever the arguments', () => {
    const words = fc.oneof(
      fc.string(),
      fc.constantFrom('--', '-', '-x', '--input', '--help=1', '--no-help', '--__proto__', '--rate=1'),
    );
    fc.assert(
      fc.property(fc.array(words), args => {
        parseOptions(args);
      }),
    );
  });
});
