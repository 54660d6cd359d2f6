/**
 * Runs in words: the same in notifications, in the list of runs and in the graph.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IRun, IRunStep, StepStatus } from '../api/shapes';

/** A status, for people. */
export function statusWord(
  status: StepStatus,
  trans: TranslationBundle
): string {
  switch (status) {
    case 'PENDING':
      return trans.__('waiting');
    case 'RUNNING':
      return trans.__('running');
    case 'SUCCEEDED':
      return trans.__('done');
    case 'FAILED':
      return trans.__('failed');
    case 'CANCELED':
      return trans.__('canceled');
    case 'SKIPPED':
      return trans.__('skipped');
    case 'INTERRUPTED':
      return trans.__('interrupted');
  }
}

/** The state of a step: `done · 1.2 s`, `from cache`; with the time it is now (ms) `running · 12 s`. */
export function stepWords(
  step: IRunStep,
  trans: TranslationBundle,
  now: number | null = null
): string {
  if (step.cached) {
    return trans.__('from cache');
  }
  const word = statusWord(step.status, trans);
  const took =
    step.seconds === null
      ? elapsed(step.status === 'RUNNING' ? step.started : null, now)
      : seconds(step.seconds);
  return took ? `${word} · ${took}` : word;
}

/** When the first step of a run began; null where none has. */
export function begun(run: IRun): string | null {
  const times = run.steps
    .map(step => step.started)
    .filter((time): time is string => time !== null);
  return times.length
    ? times.reduce((one, other) =>
        Date.parse(other) < Date.parse(one) ? other : one
      )
    : null;
}

/** How long that is ago, in whole seconds; empty where it is not known. */
export function elapsed(started: string | null, now: number | null): string {
  const since = started === null ? NaN : Date.parse(started);
  if (now === null || Number.isNaN(since)) {
    return '';
  }
  const whole = Math.max(0, Math.floor((now - since) / 1000));
  return whole < 10 ? `${whole} s` : seconds(whole);
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function seconds(value: number): string {
  if (value < 10) {
    return `${value.toFixed(1)} s`;
  }
  const whole = Math.round(value);
  if (whole < 60) {
    return `${whole} s`;
  }
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `12 B`, `3.4 kB`, `1.2 GB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return unit === 0 || size >= 100
    ? `${Math.round(size)} ${units[unit]}`
    : `${size.toFixed(1)} ${units[unit]}`;
}

/** A metric in at most four digits. */
export function metric(value: number | string): string {
  return typeof value === 'number' && !Number.isInteger(value)
    ? String(Number(value.toPrecision(4)))
    : String(value);
}

/** How far a run is, from 0 to 1. */
export function progress(run: IRun): number {
  const ended = run.steps.filter(
    step => step.status !== 'PENDING' && step.status !== 'RUNNING'
  );
  return run.steps.length ? ended.length / run.steps.length : 0;
}

/** Where a run runs. */
export function whereWord(where: string, trans: TranslationBundle): string {
  switch (where) {
    case 'local':
      return trans.__('this machine');
    case 'containers':
      return trans.__('containers here');
    default:
      return where;
  }
}

/** What is being prepared before a run begins. */
export function phaseWord(
  phase: string | undefined,
  trans: TranslationBundle
): string {
  switch (phase) {
    case 'build':
      return trans.__('building images');
    case 'compile':
      return trans.__('compiling');
    case 'clean':
      return trans.__('cleaning the package');
    case 'submit':
      return trans.__('submitting');
    default:
      return trans.__('converting');
  }
}

/** A run in one sentence, for the notification. */
export function runSentence(run: IRun, trans: TranslationBundle): string {
  const failed = run.steps.find(step => step.status === 'FAILED');
  switch (run.status) {
    case 'PENDING':
      return trans.__('%1: %2…', run.pipeline, phaseWord(run.phase, trans));
    case 'RUNNING': {
      const now = run.steps
        .filter(step => step.status === 'RUNNING')
        .map(step => step.name);
      const ended = Math.round(progress(run) * run.steps.length);
      return now.length
        ? trans.__(
            '%1: %2 of %3 steps done, now %4',
            run.pipeline,
            ended,
            run.steps.length,
            now.join(', ')
          )
        : trans.__(
            '%1: %2 of %3 steps done',
            run.pipeline,
            ended,
            run.steps.length
          );
    }
    case 'SUCCEEDED': {
      const metrics = Object.entries(run.metrics)
        .slice(0, 3)
        .map(([name, value]) => `${name} ${metric(value)}`);
      const done =
        run.kind === 'build'
          ? trans.__('%1: images are built', run.pipeline)
          : trans.__(
              '%1 has run in %2',
              run.pipeline,
              seconds(run.seconds ?? 0)
            );
      return [done, ...metrics].join(' · ');
    }
    case 'FAILED': {
      const error = failed?.error;
      if (failed && error) {
        const what = error.name
          ? `${error.name}: ${error.message}`
          : error.message;
        return error.cell_number
          ? trans.__(
              'Step %1 failed in cell %2: %3',
              failed.name,
              error.cell_number,
              what
            )
          : trans.__('Step %1 failed: %2', failed.name, what);
      }
      const said = run.message ?? trans.__('no step says why');
      return trans.__(
        '%1 failed: %2',
        run.pipeline,
        run.fix ? `${said}. ${run.fix}` : said
      );
    }
    case 'CANCELED':
      return trans.__('%1 was canceled', run.pipeline);
    case 'INTERRUPTED':
      return trans.__('%1 was interrupted: its process ended', run.pipeline);
  }
}
