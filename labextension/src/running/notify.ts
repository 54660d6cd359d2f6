/**
 * One notification for each run that is followed: it shows progress, then the end, with what one may want to do next.
 */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IRun } from '../api/shapes';
import { CommandIDs } from '../ids';
import { isLive } from '../model/runs';
import type { IPipelines } from '../model/pipelines';
import type { NotebookPipeline } from '../model/pipeline';
import { failedStep } from './failure';
import { progress, runSentence } from './words';

const SHOWN = 8000; // ms that a success stays on screen; it is in the notification centre afterwards
const LONGEST = 240; // characters of a message

export function notifyOfRuns(
  pipelines: IPipelines,
  commands: CommandRegistry,
  trans: TranslationBundle
): void {
  const told = new Map<string, { id: string; text: string }>();
  const ended = new Set<string>();

  const tell = (pipeline: NotebookPipeline, run: IRun) => {
    if (ended.has(run.id)) {
      return;
    }
    const text = shorten(runSentence(run, trans));
    const shown = told.get(run.id);
    if (shown?.text === text && isLive(run)) {
      return;
    }
    const id =
      shown?.id ?? Notification.emit(text, 'in-progress', { autoClose: false });
    told.set(run.id, { id, text });
    Notification.update({ id, ...endOf(run, text, commands, trans) });
    if (!isLive(run)) {
      ended.add(run.id);
      void pipeline.refresh();
    }
  };

  const listen = (pipeline: NotebookPipeline) =>
    pipeline.runs.progressed.connect((_, run) => tell(pipeline, run));
  pipelines.all.forEach(listen);
  pipelines.added.connect((_, pipeline) => listen(pipeline));
}

function endOf(
  run: IRun,
  message: string,
  commands: CommandRegistry,
  trans: TranslationBundle
): Omit<Notification.IUpdate<null>, 'id'> {
  const action = (
    label: string,
    command: string,
    displayType?: Notification.ActionDisplayType
  ): Notification.IAction => ({
    label,
    callback: () => void commands.execute(command, { run: run.id }),
    ...(displayType ? { displayType } : {})
  });
  const show = action(trans.__('Show'), CommandIDs.openRuns);
  if (isLive(run)) {
    return {
      message,
      type: 'in-progress',
      autoClose: false,
      progress: run.status === 'RUNNING' ? progress(run) : 0,
      actions: [show, action(trans.__('Cancel'), CommandIDs.cancelRun, 'warn')]
    };
  }
  if (run.status === 'SUCCEEDED') {
    return { message, type: 'success', autoClose: SHOWN, actions: [show] };
  }
  if (run.status === 'CANCELED') {
    return { message, type: 'info', autoClose: SHOWN, actions: [show] };
  }
  const failed = failedStep(run);
  const actions = [show];
  if (failed?.notebook) {
    actions.unshift(
      action(trans.__('Debug step'), CommandIDs.debugStep),
      action(
        trans.__('Open failing cell'),
        CommandIDs.openFailingCell,
        'accent'
      )
    );
  }
  return { message, type: 'error', autoClose: false, actions };
}

function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
