/** Print how large the built chunks are, minified and gzipped: what loads at start, and what is loaded when needed. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const FOLDER = 'jupyter_kfp/labextension/static';
const AT_START =
  /^(remoteEntry|labextension_lib_index|labextension_style_index)/;

const kilobytes = bytes => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
const sums = { start: 0, later: 0 };
for (const name of readdirSync(FOLDER).sort()) {
  if (!name.endsWith('.js') || name === 'style.js') {
    continue;
  }
  const content = readFileSync(`${FOLDER}/${name}`);
  const packed = gzipSync(content).length;
  const when = AT_START.test(name) ? 'start' : 'later';
  sums[when] += packed;
  const short = name
    .replace(/^labextension_/, '')
    .replace(/\.[0-9a-f]{8,}/, '');
  console.log(
    `${when} ${kilobytes(content.length)} ${kilobytes(packed)} gzipped  ${short}`
  );
}
console.log(
  `at start ${kilobytes(sums.start).trim()}, when needed ${kilobytes(sums.later).trim()} (gzipped)`
);
