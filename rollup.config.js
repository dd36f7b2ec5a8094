/**
 * The package as it is loaded: the modules of each entry point in one file, and what entry points share in files of its own.
 *
 * A process that loads the core as the hundred modules that it is written in holds about 8 MB more. A bundler that turns
 * top-level `const` into `var` cannot be used here: V8 embeds a constant in the code of a recording, and loads a variable.
 *
 * The files have no comments, and none has more than 250,000 characters. The text of a file stays in memory; and glibc takes
 * the size of what Node.js has read a large one into for what the program needs again and again: it keeps that much twice
 * over for each thread of V8, some MB in all, once they have compiled something. Many small files cost more, as above.
 */
import { readFileSync, rmSync } from 'node:fs';

/** What is compiled without comments, see tsconfig.lib.json. */
const SOURCES = 'dist/bare/src';
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

/** Cells, and the constants of the layout, which their code embeds, are in one file. */
function partOf(id) {
  return id.includes(`/${SOURCES}/memory/`) ? 'memory' : undefined;
}

export default {
  input: Object.fromEntries(
    ENTRY_POINTS.map(path => [path.replace(/\/index$/, ''), `${SOURCES}/${path}.js`]),
  ),
  external: [/^node:/, /^@opentelemetry\//, 'uWebSockets.js'],
  plugins: [emptyFolder, sourceMaps],
  output: {
    dir: 'dist/lib',
    format: 'es',
    // The default export, which has all others, is an object that is made by the bundler.
    generatedCode: { constBindings: true },
    chunkFileNames: 'chunks/[name].js',
    manualChunks: partOf,
    sourcemap: true,
  },
};
