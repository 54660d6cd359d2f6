/**
 * "Run as pipeline": ask for what is needed, save, sign in where that is missing, start, follow.
 */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { RequestError, told } from '../api/client';
import type { IEndpoint } from '../api/shapes';
import type { NotebookPipeline } from '../model/pipeline';
import type { IRunChoice } from '../dialogs/run';
import { signIn } from './signIn';

export interface IStart {
  fromStep?: string | undefined;
  onlyStep?: string | undefined;
}

/** Start a run of that notebook; the run's id, or null where the user thought better of it. */
export async function startRun(
  pipeline: NotebookPipeline,
  start: IStart,
  trans: TranslationBundle
): Promise<string | null> {
  const endpoints = await pipeline.client
    .endpoints()
    .catch((): IEndpoint[] => []);
  await pipeline.analyse();
  if (pipeline.runs.all.length === 0) {
    await pipeline.runs.load().catch(() => undefined);
  }
  const { askForRun } = await import('../dialogs/run');
  let choice: IRunChoice | null = null;
  let refused = '';
  for (;;) {
    choice = await askForRun(
      pipeline,
      endpoints,
      start,
      { choice, refused },
      trans
    );
    if (choice === null) {
      return null;
    }
    try {
      return await begin(pipeline, choice, start, endpoints, trans);
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      refused = told(error);
      if (error.problem.code === 'findings') {
        return tellOfFindings(error, trans);
      }
    }
  }
}

async function begin(
  pipeline: NotebookPipeline,
  choice: IRunChoice,
  start: IStart,
  endpoints: IEndpoint[],
  trans: TranslationBundle
): Promise<string | null> {
  const endpoint = endpoints.find(each => each.name === choice.where);
  if (endpoint && !endpoint.signed_in) {
    if (!(await signIn(pipeline.client, endpoint.name, trans))) {
      return null;
    }
  }
  await saveFirst(pipeline, trans);
  const { run } = await pipeline.client.start({
    path: pipeline.path,
    parameters: choice.parameters,
    where: choice.where,
    cache: choice.cache,
    from_step: start.fromStep ?? null,
    only_step: start.onlyStep ?? null
  });
  pipeline.runs.show(run);
  pipeline.runs.follow(run);
  return run;
}

/** A run takes the saved notebook: save it, and say so. */
export async function saveFirst(
  pipeline: NotebookPipeline,
  trans: TranslationBundle
): Promise<void> {
  const context = pipeline.panel.context;
  if (context.model.dirty && !context.model.readOnly) {
    await context.save();
    Notification.info(trans.__('Saved %1', context.path), { autoClose: 2000 });
  }
}

function tellOfFindings(error: RequestError, trans: TranslationBundle): null {
  const first = error.problem.findings?.[0];
  Notification.error(
    first
      ? trans.__('Nothing was run. %1: %2', first.code, first.message)
      : trans.__('Nothing was run. %1', told(error)),
    { autoClose: false }
  );
  return null;
}
