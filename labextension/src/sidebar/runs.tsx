/**
 * Runs of the notebook, local and on clusters, live; what one may do with each; and metrics side by side.
 */
import { Notification } from '@jupyterlab/apputils';
import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';
import { told } from '../api/client';
import type { IRun, IRunStep } from '../api/shapes';
import { goToLine } from '../cells';
import { CommandIDs } from '../ids';
import { useTime } from '../model/clock';
import { isLive } from '../model/runs';
import { openFile } from '../running/failure';
import {
  begun,
  elapsed,
  metric,
  phaseWord,
  seconds,
  statusWord,
  stepWords,
  whereWord
} from '../running/words';
import { MetricsTable } from './metrics';
import type { ISectionProps } from './sections';

const SIGNS: Record<IRunStep['status'], string> = {
  PENDING: '…',
  RUNNING: '▸',
  SUCCEEDED: '✓',
  FAILED: '✕',
  CANCELED: '■',
  SKIPPED: '–',
  INTERRUPTED: '!'
};

export function RunsSection({ state }: ISectionProps): React.ReactElement {
  const { pipeline, trans } = state;
  const [problem, setProblem] = React.useState('');
  const load = React.useCallback(() => {
    pipeline?.runs.load().then(
      () => setProblem(''),
      (error: unknown) => setProblem(told(error))
    );
  }, [pipeline]);
  React.useEffect(load, [load]);
  const runs = pipeline?.runs.all ?? [];
  return (
    <div className="jp-kfp-Runs">
      {problem && (
        <p role="alert" className="jp-kfp-notice" data-severity="error">
          {problem}
        </p>
      )}
      {runs.length === 0 ? (
        <p className="jp-kfp-muted jp-kfp-pad">
          {trans.__('This notebook has not run as a pipeline yet.')}
        </p>
      ) : (
        <>
          <ul aria-label={trans.__('Runs')}>
            {runs.map(run => (
              <Run key={run.id} run={run} state={state} />
            ))}
          </ul>
          <MetricsTable runs={runs} trans={trans} />
        </>
      )}
      {pipeline && (
        <div className="jp-kfp-Buttons">
          <button type="button" className="jp-kfp-link" onClick={load}>
            {trans.__('Look again')}
          </button>
        </div>
      )}
    </div>
  );
}

function Run({
  run,
  state
}: ISectionProps & { run: IRun }): React.ReactElement {
  const { pipeline, trans } = state;
  const open = pipeline?.shownRun?.id === run.id;
  const now = useTime(state.clock, run.status === 'RUNNING');
  return (
    <li className="jp-kfp-Run" data-status={run.status}>
      <button
        type="button"
        className="jp-kfp-Run-head"
        aria-expanded={open}
        title={run.name}
        onClick={() => pipeline?.runs.show(open ? null : run.id)}
      >
        <span className="jp-kfp-Run-sign" aria-hidden="true">
          {SIGNS[run.status]}
        </span>
        <span className="jp-kfp-Run-when">
          {run.kind === 'build' ? trans.__('Build, %1', when(run)) : when(run)}
        </span>
        <span className="jp-kfp-muted">
          {[
            run.status === 'PENDING'
              ? phaseWord(run.phase, trans)
              : statusWord(run.status, trans),
            run.seconds === null
              ? elapsed(begun(run), now)
              : seconds(run.seconds),
            whereWord(run.where, trans)
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </button>
      {open && <RunDetails run={run} state={state} />}
    </li>
  );
}

function RunDetails({
  run,
  state
}: ISectionProps & { run: IRun }): React.ReactElement {
  const { trans, pipeline } = state;
  const metrics = Object.entries(run.metrics);
  const telling = (work: Promise<unknown> | undefined) => {
    work?.catch((error: unknown) =>
      Notification.error(told(error), { autoClose: false })
    );
  };
  return (
    <div className="jp-kfp-Run-body">
      {run.message && (
        <p className="jp-kfp-notice" data-severity="error">
          {run.message}
          {run.fix ? ` ${run.fix}` : ''}
        </p>
      )}
      {Object.keys(run.parameters).length > 0 && (
        <p className="jp-kfp-muted">
          {Object.entries(run.parameters)
            .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
            .join(', ')}
        </p>
      )}
      {metrics.length > 0 && (
        <p>
          {metrics
            .map(([name, value]) => `${name} ${metric(value)}`)
            .join(' · ')}
        </p>
      )}
      <ol className="jp-kfp-Run-steps">
        {run.steps.map(step => (
          <Step key={step.name} run={run} step={step} state={state} />
        ))}
      </ol>
      <div className="jp-kfp-Buttons">
        {isLive(run) && (
          <Button
            className="jp-mod-styled jp-mod-warn jp-kfp-small"
            onClick={() => state.run(CommandIDs.cancelRun, { run: run.id })}
          >
            {trans.__('Cancel')}
          </Button>
        )}
        {run.link && (
          <a
            className="jp-kfp-link"
            href={run.link}
            target="_blank"
            rel="noopener noreferrer"
          >
            {trans.__('Open in Kubeflow')}
          </a>
        )}
        {!isLive(run) && (
          <button
            type="button"
            className="jp-kfp-link"
            onClick={() => telling(pipeline?.runs.remove(run.id))}
          >
            {trans.__('Delete this run')}
          </button>
        )}
      </div>
    </div>
  );
}

function Step({
  run,
  step,
  state
}: ISectionProps & { run: IRun; step: IRunStep }): React.ReactElement {
  const { trans } = state;
  const documents = state.context.documents;
  const now = useTime(state.clock, step.status === 'RUNNING');
  const open = (file: string | undefined) => {
    if (file && documents) {
      openFile(documents, state.client, run, file).catch((error: unknown) =>
        Notification.error(told(error), { autoClose: false })
      );
    }
  };
  const link = (label: string, onClick: () => void) => (
    <button
      type="button"
      className="jp-kfp-link"
      aria-label={trans.__('%1 of step %2', label, step.name)}
      onClick={onClick}
    >
      {label}
    </button>
  );
  const ended = step.status !== 'PENDING' && step.status !== 'RUNNING';
  return (
    <li className="jp-kfp-RunStep" data-status={step.status}>
      <span className="jp-kfp-Run-sign" aria-hidden="true">
        {SIGNS[step.status]}
      </span>
      <span className="jp-kfp-RunStep-name">{step.name}</span>
      <span className="jp-kfp-muted">{stepWords(step, trans, now)}</span>
      {step.error && <Failure step={step} state={state} run={run} />}
      {step.reason && <p className="jp-kfp-muted">{step.reason}</p>}
      <span className="jp-kfp-RunStep-links">
        {step.notebook && link(trans.__('notebook'), () => open(step.notebook))}
        {step.report && link(trans.__('report'), () => open(step.report))}
        {step.log && link(trans.__('log'), () => open(step.log))}
        {ended &&
          !run.link && // a run on a cluster cannot be taken up from here
          link(trans.__('run from here…'), () =>
            state.run(CommandIDs.rerunFrom, { run: run.id, step: step.name })
          )}
      </span>
    </li>
  );
}

function Failure({
  run,
  step,
  state
}: ISectionProps & { run: IRun; step: IRunStep }): React.ReactElement {
  const { trans, pipeline } = state;
  const error = step.error;
  if (!error) {
    return <></>;
  }
  const copy = () =>
    void navigator.clipboard.writeText(
      [`${error.name}: ${error.message}`, error.frame, error.fix, error.log]
        .filter(Boolean)
        .join('\n')
    );
  return (
    <div className="jp-kfp-notice" data-severity="error">
      <strong>{error.name}</strong> {error.message}
      {error.frame && <pre>{error.frame}</pre>}
      {error.fix && <p>{error.fix}</p>}
      <div className="jp-kfp-Buttons">
        {step.notebook && (
          <Button
            className="jp-mod-styled jp-mod-accept jp-kfp-small"
            onClick={() =>
              state.run(CommandIDs.openFailingCell, { run: run.id })
            }
          >
            {trans.__('Open failing cell')}
          </Button>
        )}
        {error.cell && pipeline && (
          <Button
            className="jp-mod-styled jp-kfp-small"
            onClick={() =>
              void goToLine(pipeline.panel, error.cell ?? '', error.line)
            }
          >
            {trans.__('Go to it in the notebook')}
          </Button>
        )}
        <Button
          className="jp-mod-styled jp-kfp-small"
          onClick={() =>
            state.run(CommandIDs.debugStep, { run: run.id, step: step.name })
          }
        >
          {trans.__('Debug step')}
        </Button>
        <button type="button" className="jp-kfp-link" onClick={copy}>
          {trans.__('Copy details')}
        </button>
      </div>
    </div>
  );
}

function when(run: IRun): string {
  const date = new Date(run.started);
  const today = new Date().toDateString() === date.toDateString();
  return today
    ? date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleString([], {
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit'
      });
}
