/**
 * The dialog of "Run as pipeline": where to run, and the pipeline's parameters as a typed form with their last values.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import * as React from 'react';
import type { IEndpoint, IParameter } from '../api/shapes';
import { Form } from '../form';
import type { NotebookPipeline } from '../model/pipeline';
import type { IStart } from '../running/start';
import { asValues, formData, parametersSchema } from './parameters';

export interface IRunChoice {
  where: string;
  cache: boolean;
  parameters: JSONObject;
}

/** What was chosen before and why it could not be done. */
interface IEarlier {
  choice: IRunChoice | null;
  refused: string;
}

/** Ask; null where the user thought better of it. */
export async function askForRun(
  pipeline: NotebookPipeline,
  endpoints: IEndpoint[],
  start: IStart,
  earlier: IEarlier,
  trans: TranslationBundle
): Promise<IRunChoice | null> {
  const last = pipeline.runs.all.find(run => run.kind === 'run');
  const parameters = pipeline.analysis?.parameters ?? [];
  const body = new RunBody({
    parameters,
    endpoints,
    initial: earlier.choice ?? {
      where: last?.where ?? 'local',
      cache: true,
      parameters: last?.parameters ?? {}
    },
    refused: earlier.refused,
    dirty: pipeline.panel.context.model.dirty,
    trans
  });
  const title = start.fromStep
    ? trans.__('Run again from step %1', start.fromStep)
    : start.onlyStep
      ? trans.__('Run step %1 alone', start.onlyStep)
      : trans.__('Run %1 as pipeline', pipeline.analysis?.title ?? '');
  const result = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Run') })
    ],
    focusNodeSelector: 'select, input'
  });
  return result.button.accept ? result.value : null;
}

interface IBodyOptions {
  parameters: IParameter[];
  endpoints: IEndpoint[];
  initial: IRunChoice;
  refused: string;
  dirty: boolean;
  trans: TranslationBundle;
}

interface IFormData extends JSONObject {
  where: string;
  parameters: JSONObject;
  cache: boolean;
}

class RunBody extends ReactWidget implements Dialog.IBodyWidget<IRunChoice> {
  constructor(private options: IBodyOptions) {
    super();
    this.addClass('jp-kfp-RunDialog');
    const { initial, parameters, endpoints } = options;
    const known = ['local', 'containers', ...endpoints.map(each => each.name)];
    this.data = {
      where: known.includes(initial.where) ? initial.where : 'local',
      parameters: formData(parameters, initial.parameters),
      cache: initial.cache
    };
  }

  getValue(): IRunChoice {
    const { where, cache, parameters } = this.data;
    return {
      where,
      cache,
      parameters: asValues(this.options.parameters, parameters)
    };
  }

  protected render(): React.ReactElement {
    const { refused, dirty, trans } = this.options;
    return (
      <>
        {refused && (
          <p role="alert" className="jp-kfp-notice" data-severity="error">
            {refused}
          </p>
        )}
        <Form
          schema={this.schema}
          data={this.data}
          onChange={data => {
            this.data = data as IFormData;
          }}
        />
        {dirty && (
          <p className="jp-kfp-muted">
            {trans.__('The notebook has changes: it is saved first.')}
          </p>
        )}
      </>
    );
  }

  private get schema(): JSONObject {
    const { endpoints, parameters, trans } = this.options;
    const places: { const: string; title: string }[] = [
      { const: 'local', title: trans.__('This machine') },
      { const: 'containers', title: trans.__('Containers on this machine') },
      ...endpoints.map(each => ({
        const: each.name,
        title: each.signed_in
          ? each.name
          : trans.__('%1 (you will be asked to sign in)', each.name)
      }))
    ];
    const properties: Record<string, JSONValue> = {
      where: { type: 'string', title: trans.__('Where'), oneOf: places }
    };
    if (parameters.length) {
      properties.parameters = parametersSchema(parameters, trans);
    }
    properties.cache = {
      type: 'boolean',
      title: trans.__('Reuse the results of steps that have not changed')
    };
    return { type: 'object', properties };
  }

  private data: IFormData;
}
