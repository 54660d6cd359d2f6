/**
 * The example notebook: plain Python, so that it runs everywhere; four steps, two of which run side by side.
 */
import type { JSONObject } from '@lumino/coreutils';

type Piece = [kind: 'markdown' | 'code', source: string, tags?: string[]];

const PIECES: Piece[] = [
  [
    'markdown',
    '# A first pipeline\n\nThe tags on the cells make this notebook a pipeline. Press **Run as pipeline** above.'
  ],
  [
    'code',
    'count = 200  # how many points are drawn\nnoise = 0.5  # how far they lie from the line',
    ['parameters']
  ],
  ['code', 'import random\nimport statistics'],
  ['markdown', '## Load'],
  [
    'code',
    'random.seed(7)\nxs = [random.uniform(0, 10) for _ in range(count)]\nys = [2 * x + 1 + random.gauss(0, noise) for x in xs]',
    ['step:load']
  ],
  ['code', 'list(zip(xs, ys))[:3]'],
  ['markdown', '## Look'],
  [
    'code',
    'print("mean", statistics.mean(ys))\nprint("spread", statistics.stdev(ys))',
    ['step:look']
  ],
  ['markdown', '## Fit'],
  [
    'code',
    'slope, intercept = statistics.linear_regression(xs, ys)\nslope, intercept',
    ['step:fit']
  ],
  ['markdown', '## Check'],
  [
    'code',
    'errors = [abs(y - (slope * x + intercept)) for x, y in zip(xs, ys)]\nmean_error = statistics.mean(errors)\nprint(f"mean error: {mean_error:.3f}")',
    ['step:check', 'metrics']
  ]
];

/** The notebook as nbformat JSON. */
export function exampleNotebook(): JSONObject {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: {
        name: 'python3',
        display_name: 'Python 3',
        language: 'python'
      },
      language_info: { name: 'python' }
    },
    cells: PIECES.map(([kind, source, tags], index) => ({
      id: `example-${index}`,
      cell_type: kind,
      source,
      metadata: tags ? { tags } : {},
      ...(kind === 'code' ? { outputs: [], execution_count: null } : {})
    }))
  };
}
