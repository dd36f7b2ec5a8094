/**
 * The package as it is loaded: the modules of each entry point in one file, and what entry points share in files of its own.
 *
 * A process that loads the core as the hundred modules that it is written in holds about 8 MB more. A bundler that turns
 * top-level `const` into `var` cannot be used here: V8 embeds a constant in the code of a recording, and loads a variable.
 */
import { readFileSync, rmSync } from 'node:fs';

const ENTRY_POINTS = ['index', 'server/index', 'testing/index', 'catalog/index', 'otel/index', 'defaults'];

/** Positions in the TypeScript sources, which are in the package, rather than in the compiled ones. */
const sourceMaps = {
  name: 'source-maps',
  load: id => ({ code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }),
};

/** Files of an earlier build would be in the package. */
const emptyFolder = {
  name: 'empty-folder',
  buildStart: () => rmSync('dist/lib', { recursive: true, force: true }),
};

export default {
  input: Object.fromEntries(ENTRY_POINTS.map(path => [path.replace(/\/index$/, ''), `dist/src/${path}.js`])),
  external: [/^node:/, /^@opentelemetry\//, 'uWebSockets.js'],
  plugins: [emptyFolder, sourceMaps],
  output: {
    dir: 'dist/lib',
    format: 'es',
    // The default export, which has all others, is an object that is made by the bundler.
    generatedCode: { constBindings: true },
    chunkFileNames: 'chunks/[name].js',
    sourcemap: true,
  },
};
