/**
 * Commands that run a pipeline, and those for what came out of it.
 */
import { Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';
import { runIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { told, type Action } from '../api/client';
import type { IRun } from '../api/shapes';
import { CommandIDs } from '../ids';
import type { IPipelines } from '../model/pipelines';
import { isLive } from '../model/runs';
import { debugStep, failedStep, openFailingCell } from '../running/failure';
import { saveFirst, startRun, type IStart } from '../running/start';

export function addRunningCommands(
  commands: CommandRegistry,
  pipelines: IPipelines,
  documents: IDocumentManager | null,
  trans: TranslationBundle
): void {
  const hasNotebook = () => pipelines.current !== null;

  /** The run that a command is about: named in its arguments, else the one that is shown, else the newest. */
  const runOf = (id: unknown): IRun | null => {
    for (const pipeline of pipelines.all) {
      const found = typeof id === 'string' && pipeline.runs.get(id);
      if (found) {
        return found;
      }
    }
    const runs = pipelines.current?.runs;
    return typeof id === 'string'
      ? null
      : (runs?.shown ?? runs?.all[0] ?? null);
  };

  const telling = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      Notification.error(told(error), { autoClose: false });
    }
  };

  const start = (options: IStart) =>
    telling(async () => {
      const pipeline = pipelines.current;
      if (pipeline && (await startRun(pipeline, options, trans)) !== null) {
        if (commands.hasCommand(CommandIDs.open)) {
          await commands.execute(CommandIDs.open);
        }
      }
    });

  commands.addCommand(CommandIDs.run, {
    label: trans.__('Run as Pipeline…'),
    caption: trans.__('Run this notebook as a pipeline: here or on a cluster'),
    icon: runIcon,
    isEnabled: hasNotebook,
    execute: () => start({})
  });

  commands.addCommand(CommandIDs.rerunFrom, {
    label: trans.__('Run Again from This Step…'),
    caption: trans.__('Steps before it keep their last results'),
    isEnabled: hasNotebook,
    execute: args => {
      const given = args['step'];
      const run = runOf(args['run'] ?? undefined);
      const step =
        typeof given === 'string' ? given : run && failedStep(run)?.name;
      return start(step ? { fromStep: step.replace(/\[.*$/, '') } : {});
    }
  });

  commands.addCommand(CommandIDs.cancelRun, {
    label: trans.__('Cancel Run'),
    caption: trans.__('Stop the run and all its processes'),
    isEnabled: args => {
      const run = runOf(args['run'] ?? undefined);
      return run !== null && isLive(run);
    },
    execute: args =>
      telling(async () => {
        const run = runOf(args['run'] ?? undefined);
        if (run) {
          await pipelines.client.cancel(run.id);
        }
      })
  });

  commands.addCommand(CommandIDs.openFailingCell, {
    label: trans.__('Open Failing Cell'),
    caption: trans.__('Open the executed notebook at the cell that raised'),
    isEnabled: args => {
      const run = runOf(args['run'] ?? undefined);
      return documents !== null && run !== null && failedStep(run) !== null;
    },
    execute: args =>
      telling(async () => {
        const run = runOf(args['run'] ?? undefined);
        const step = run && failedStep(run);
        if (documents && run && step) {
          await openFailingCell(documents, pipelines.client, run, step);
        }
      })
  });

  commands.addCommand(CommandIDs.debugStep, {
    label: trans.__('Debug Step with Its Inputs'),
    caption: trans.__(
      "Open a notebook of the step's cells that loads the inputs it had"
    ),
    isEnabled: args => runOf(args['run'] ?? undefined) !== null,
    execute: args =>
      telling(async () => {
        const run = runOf(args['run'] ?? undefined);
        const given = args['step'];
        const step =
          typeof given === 'string' ? given : run && failedStep(run)?.name;
        if (documents && run && step) {
          await debugStep(documents, pipelines.client, run, step);
        }
      })
  });

  const actions: [string, Action, string, string][] = [
    [
      CommandIDs.convert,
      'convert',
      trans.__('Convert to Step Folders'),
      trans.__('Write a folder for each step, and pipeline.py')
    ],
    [
      CommandIDs.compile,
      'compile',
      trans.__('Compile Package'),
      trans.__('Write the package that Kubeflow takes')
    ],
    [
      CommandIDs.clean,
      'clean',
      trans.__('Clean Package'),
      trans.__('Take out of the package what legacy compilers added')
    ]
  ];
  for (const [command, action, label, caption] of actions) {
    commands.addCommand(command, {
      label,
      caption,
      isEnabled: hasNotebook,
      execute: async () => {
        const pipeline = pipelines.current;
        if (pipeline) {
          await saveFirst(pipeline, trans);
          return pipeline.client.act(action, pipeline.path);
        }
        return null;
      }
    });
  }
  commands.addCommand(CommandIDs.build, {
    label: trans.__('Build Images'),
    caption: trans.__('Build the images of the steps that have changed'),
    isEnabled: hasNotebook,
    execute: async () => {
      const pipeline = pipelines.current;
      if (pipeline) {
        await saveFirst(pipeline, trans);
        const { run } = await pipeline.client.build(pipeline.path);
        pipeline.runs.follow(run);
      }
    }
  });
}
