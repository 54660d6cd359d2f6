/**
 * Findings: the gravest first, each with its cell, the reason, and a button for every change that mends it.
 */
import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IFinding, IMend, Severity } from '../api/shapes';
import { goToLine } from '../cells';
import { Marked } from './marked';
import type { ISectionProps } from './sections';

const ORDER: readonly Severity[] = ['error', 'warning', 'hint'];
const SIGNS: Record<Severity, string> = { error: '✕', warning: '⚠', hint: 'ⓘ' };

export function FindingsSection({ state }: ISectionProps): React.ReactElement {
  const { pipeline, trans } = state;
  const findings = pipeline?.analysis?.findings ?? [];
  if (findings.length === 0) {
    return (
      <p className="jp-kfp-muted jp-kfp-pad" role="status">
        {pipeline?.analysis
          ? trans.__('Nothing to mend.')
          : trans.__('Open a notebook to see what is found.')}
      </p>
    );
  }
  const sorted = [...findings].sort(
    (one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity)
  );
  return (
    <ul className="jp-kfp-Findings" aria-label={trans.__('Findings')}>
      {sorted.map((finding, index) => (
        <Finding
          key={`${finding.code} ${finding.cell ?? ''} ${finding.name ?? ''} ${index}`}
          finding={finding}
          state={state}
        />
      ))}
    </ul>
  );
}

function Finding({
  finding,
  state
}: ISectionProps & { finding: IFinding }): React.ReactElement {
  const { pipeline, trans } = state;
  const words: Record<Severity, string> = {
    error: trans.__('error'),
    warning: trans.__('warning'),
    hint: trans.__('hint')
  };
  const go = () => {
    if (pipeline && finding.cell) {
      void goToLine(pipeline.panel, finding.cell, finding.line);
    }
  };
  const mend = (change: IMend) =>
    pipeline?.apply({
      ...(change.tags ? { tags: change.tags } : {}),
      ...(change.settings ? { settings: change.settings } : {})
    });
  return (
    <li
      className="jp-kfp-Finding"
      data-severity={finding.severity}
      data-cell={finding.cell}
    >
      <div className="jp-kfp-Finding-head">
        <span className="jp-kfp-Finding-sign" aria-hidden="true">
          {SIGNS[finding.severity]}
        </span>
        <span className="jp-kfp-hidden">{words[finding.severity]}: </span>
        <span className="jp-kfp-Finding-message">
          <Marked text={finding.message} />
        </span>
      </div>
      {finding.why && (
        <pre className="jp-kfp-Finding-why">
          <code>{finding.why}</code>
        </pre>
      )}
      {finding.fix && (
        <p className="jp-kfp-Finding-fix">
          <Marked text={finding.fix} />
        </p>
      )}
      <div className="jp-kfp-Buttons">
        {finding.cell && (
          <Button className="jp-mod-styled jp-kfp-small" onClick={go}>
            {finding.cell_number
              ? trans.__('Go to cell %1', finding.cell_number)
              : trans.__('Go to the cell')}
          </Button>
        )}
        {finding.mends.map(each => (
          <Button
            key={each.title}
            className="jp-mod-styled jp-mod-accept jp-kfp-small"
            disabled={pipeline?.isReadOnly ?? true}
            onClick={() => mend(each)}
          >
            <span>
              <Marked text={each.title} />
            </span>
          </Button>
        ))}
        <span className="jp-kfp-muted" title={finding.title}>
          {finding.code}
        </span>
      </div>
    </li>
  );
}
