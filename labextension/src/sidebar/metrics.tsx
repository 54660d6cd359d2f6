/**
 * Metrics of runs side by side: a table to sort and to copy.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IRun } from '../api/shapes';
import { metric } from '../running/words';

interface ITable {
  names: string[];
  rows: { run: string; values: (number | string | undefined)[] }[];
}

/** Runs that have metrics, as rows. */
export function metricsTable(runs: readonly IRun[]): ITable {
  const told = runs.filter(run => Object.keys(run.metrics).length > 0);
  const names = [...new Set(told.flatMap(run => Object.keys(run.metrics)))];
  return {
    names,
    rows: told.map(run => ({
      run: run.name,
      values: names.map(name => run.metrics[name])
    }))
  };
}

/** Rows in the order of a column; numbers as numbers, what is missing at the end. */
export function sorted(
  rows: ITable['rows'],
  column: number,
  falling: boolean
): ITable['rows'] {
  const value = (row: ITable['rows'][number]) =>
    column < 0 ? row.run : row.values[column];
  const order = (one: unknown, other: unknown) =>
    typeof one === 'number' && typeof other === 'number'
      ? one - other
      : String(one).localeCompare(String(other));
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === undefined || b === undefined) {
      return Number(a === undefined) - Number(b === undefined);
    }
    return falling ? order(b, a) : order(a, b);
  });
}

/** For a spreadsheet. */
export function asText({ names, rows }: ITable): string {
  const lines = [
    ['run', ...names],
    ...rows.map(row => [row.run, ...row.values])
  ];
  return lines.map(line => line.map(cell => cell ?? '').join('\t')).join('\n');
}

export function MetricsTable({
  runs,
  trans
}: {
  runs: readonly IRun[];
  trans: TranslationBundle;
}): React.ReactElement | null {
  const [column, setColumn] = React.useState(-1);
  const [falling, setFalling] = React.useState(true);
  const table = metricsTable(runs);
  if (table.rows.length < 2) {
    return null;
  }
  const rows = sorted(table.rows, column, falling);
  const sort = (index: number) => {
    setFalling(index === column ? !falling : true);
    setColumn(index);
  };
  const heading = (label: string, index: number) => (
    <th
      key={label}
      scope="col"
      aria-sort={
        index !== column ? 'none' : falling ? 'descending' : 'ascending'
      }
    >
      <button type="button" className="jp-kfp-link" onClick={() => sort(index)}>
        {label}
        {index === column ? (falling ? ' ↓' : ' ↑') : ''}
      </button>
    </th>
  );
  return (
    <div className="jp-kfp-Metrics">
      <table aria-label={trans.__('Metrics of runs')}>
        <thead>
          <tr>
            {heading(trans.__('run'), -1)}
            {table.names.map(heading)}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row.run}>
              <th scope="row">{row.run}</th>
              {row.values.map((value, index) => (
                <td key={index}>{value === undefined ? '' : metric(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <button
        type="button"
        className="jp-kfp-link"
        onClick={() => void navigator.clipboard.writeText(asText(table))}
      >
        {trans.__('Copy as table')}
      </button>
    </div>
  );
}
