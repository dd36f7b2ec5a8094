/**
 * The package as it is loaded: the modules of each entry point in one file, and what entry points share in files of its own.
 *
 * A process that loads the core as the hundred modules that it is written in holds about 8 MB more. A bundler that turns
 * top-level `const` into `var` cannot be used here: V8 embeds a constant in the code of a recording, and loads a variable.
 */
import { readFileSync } from 'node:fs';

const ENTRY_POINTS = ['index', 'server/index', 'testing/index', 'catalog/index', 'otel/index'];

/** Positions in the TypeScript sources, which are in the package, rather than in the compiled ones. */
const sourceMaps = {
  name: 'source-maps',
  load: id => ({ code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }),
};

export default {
  input: Object.fromEntries(ENTRY_POINTS.map(path => [path.replace(/\/index$/, ''), `dist/src/${path}.js`])),
  external: [/^node:/, /^@opentelemetry\//, 'uWebSockets.js'],
  plugins: [sourceMaps],
  output: {
    dir: 'dist/lib',
    format: 'es',
    chunkFileNames: 'chunks/[name].js',
    sourcemap: true,
  },
};
