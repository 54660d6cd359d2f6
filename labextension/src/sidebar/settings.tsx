/**
 * Settings of the pipeline and of single steps, as forms made of the one schema; they stand in the notebook's metadata.
 */
import type { JSONObject } from '@lumino/coreutils';
import * as React from 'react';
import { told } from '../api/client';
import type { IEndpoint, ISettingsSchema } from '../api/shapes';
import { Form } from '../form';
import { signIn } from '../running/signIn';
import { isObject } from '../model/shared';
import type { ISectionProps } from './sections';
import { pruned } from './prune';

const WAIT = 500; // ms without a key before the notebook is changed
const WHOLE = ''; // the pipeline, not a step

export function SettingsSection({ state }: ISectionProps): React.ReactElement {
  const { pipeline, trans } = state;
  const [schema, setSchema] = React.useState<ISettingsSchema | null>(null);
  const [problem, setProblem] = React.useState('');
  const [shown, setShown] = React.useState(WHOLE);
  React.useEffect(() => setShown(state.step ?? WHOLE), [state.step]);
  React.useEffect(() => {
    state.client
      .settingsSchema()
      .then(setSchema, (error: unknown) => setProblem(told(error)));
  }, [state]);
  if (problem) {
    return (
      <p role="alert" className="jp-kfp-notice" data-severity="error">
        {problem}
      </p>
    );
  }
  if (!pipeline || !schema) {
    return (
      <p className="jp-kfp-muted jp-kfp-pad">
        {trans.__('Open a notebook to see its settings.')}
      </p>
    );
  }
  const steps = pipeline.analysis?.graph.steps.map(step => step.name) ?? [];
  const step = steps.includes(shown) ? shown : WHOLE;
  return (
    <div className="jp-kfp-Settings">
      <label className="jp-kfp-Settings-of">
        {trans.__('Settings of')}
        <select
          className="jp-mod-styled"
          value={step}
          onChange={event => setShown(event.target.value)}
        >
          <option value={WHOLE}>{trans.__('the pipeline')}</option>
          {steps.map(name => (
            <option key={name} value={name}>
              {trans.__('step %1', name)}
            </option>
          ))}
        </select>
      </label>
      <SettingsForm
        key={`${pipeline.path} ${step}`}
        state={state}
        schema={schema}
        step={step}
      />
      {step === WHOLE && <Endpoints state={state} />}
    </div>
  );
}

/** The form of one thing. It keeps what is typed until the typing rests. */
function SettingsForm({
  state,
  schema,
  step
}: ISectionProps & {
  schema: ISettingsSchema;
  step: string;
}): React.ReactElement {
  const { pipeline } = state;
  const settings = pipeline?.settings ?? {};
  const kept = step === WHOLE ? settings : stepSettings(settings, step);
  const stored = JSON.stringify(kept);
  const [data, setData] = React.useState<JSONObject>(kept);
  const timer = React.useRef<number | undefined>(undefined);
  const written = React.useRef(stored);
  // an undo, a mend or another user has changed them
  React.useEffect(() => {
    if (stored !== written.current) {
      written.current = stored;
      setData(JSON.parse(stored) as JSONObject);
    }
  }, [stored]);
  const write = (next: JSONObject) => {
    const clean = pruned(next, step === WHOLE ? schema.pipeline : schema.step);
    const steps = isObject(settings['steps']) ? settings['steps'] : {};
    const all =
      step === WHOLE
        ? {
            ...clean,
            ...(settings['steps'] ? { steps: settings['steps'] } : {})
          }
        : { ...settings, steps: { ...steps, [step]: clean } };
    written.current = JSON.stringify(
      step === WHOLE ? all : stepSettings(all, step)
    );
    pipeline?.apply({ settings: pruned(all, {}) });
  };
  const change = (next: JSONObject) => {
    setData(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => write(next), WAIT);
  };
  return (
    <Form
      schema={step === WHOLE ? schema.pipeline : schema.step}
      layout={step === WHOLE ? PIPELINE_UI : STEP_UI}
      data={data}
      onChange={change}
      disabled={pipeline?.isReadOnly ?? true}
      translator={state.context.translator}
    />
  );
}

function stepSettings(settings: JSONObject, step: string): JSONObject {
  const steps = settings['steps'];
  const own = isObject(steps) ? steps[step] : undefined;
  return isObject(own) ? own : {};
}

const NO_BUTTON = { 'ui:submitButtonOptions': { norender: true } };
const STEP_UI: Record<string, unknown> = {
  ...NO_BUTTON,
  'ui:options': { label: false },
  'ui:order': [
    'image',
    'cpu',
    'memory',
    'gpu',
    'retries',
    'timeout',
    'cache',
    'when',
    'foreach',
    '*'
  ]
};
const PIPELINE_UI: Record<string, unknown> = {
  ...NO_BUTTON,
  'ui:options': { label: false },
  steps: { 'ui:widget': 'hidden', 'ui:field': () => null },
  description: { 'ui:widget': 'textarea' }
};

/** Clusters, and who is signed in. */
function Endpoints({ state }: ISectionProps): React.ReactElement {
  const { trans } = state;
  const [endpoints, setEndpoints] = React.useState<IEndpoint[] | null>(null);
  const load = React.useCallback(
    () => state.client.endpoints().then(setEndpoints, () => setEndpoints([])),
    [state]
  );
  React.useEffect(() => void load(), [load]);
  return (
    <section className="jp-kfp-Endpoints">
      <h3>{trans.__('Clusters')}</h3>
      {endpoints?.length === 0 && (
        <p className="jp-kfp-muted">
          {trans.__(
            'None is set up. In a terminal: %1',
            'jupyter kfp login --help'
          )}
        </p>
      )}
      <ul>
        {endpoints?.map(each => (
          <li key={each.name}>
            <strong>{each.name}</strong>{' '}
            <span className="jp-kfp-muted">{each.host}</span>
            <div>
              {each.signed_in ? (
                <span>
                  ✓{' '}
                  {each.user
                    ? trans.__('signed in as %1', each.user)
                    : trans.__('signed in')}
                </span>
              ) : (
                <button
                  type="button"
                  className="jp-Button jp-mod-styled jp-kfp-small"
                  onClick={() =>
                    void signIn(state.client, each.name, trans).then(load)
                  }
                >
                  {trans.__('Sign in')}
                </button>
              )}
              {each.message && (
                <p className="jp-kfp-notice" data-severity="warning">
                  {each.message}
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
