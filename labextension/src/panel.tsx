/**
 * The sidebar's panel. It is empty until a notebook is run as a pipeline, and says how to get there.
 */
import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import { pipelineIcon } from './icon';
import { fetchHealth } from './server';
import { VERSION } from './version';

interface IProps {
  settings: ServerConnection.ISettings;
  trans: TranslationBundle;
}

/** The panel as a widget of JupyterLab's sidebar. */
export class PipelinePanel extends ReactWidget {
  constructor(
    private settings: ServerConnection.ISettings,
    private trans: TranslationBundle
  ) {
    super();
    this.id = 'jupyter-kfp:panel';
    this.title.icon = pipelineIcon;
    this.title.caption = trans.__('Kubeflow Pipelines');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Kubeflow Pipelines'));
  }

  protected render(): React.ReactElement {
    return <Panel settings={this.settings} trans={this.trans} />;
  }
}

function Panel({ settings, trans }: IProps): React.ReactElement {
  return (
    <div className="jp-kfp-Panel">
      <ServerState settings={settings} trans={trans} />
      <h2>{trans.__('No pipeline yet')}</h2>
      <p>{trans.__('A notebook becomes a pipeline in three steps:')}</p>
      <ol>
        <li>{trans.__('Open a notebook that runs from top to bottom.')}</li>
        <li>
          {trans.__(
            'Tag its cells with the step they belong to, in the property inspector on the right:'
          )}{' '}
          <code>step:load</code>, <code>step:train</code>
        </li>
        <li>
          {trans.__('Run it in a terminal:')}{' '}
          <code>jupyter kfp run NOTEBOOK.ipynb</code>
        </li>
      </ol>
    </div>
  );
}

/** Says which version the server part has, and what to do where it does not fit this one. */
function ServerState({ settings, trans }: IProps): React.ReactElement | null {
  const [version, setVersion] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState('');

  React.useEffect(() => {
    let gone = false;
    fetchHealth(settings)
      .then(health => !gone && setVersion(health.version))
      .catch((error: Error) => !gone && setProblem(error.message));
    return () => {
      gone = true;
    };
  }, [settings]);

  if (problem) {
    return (
      <p role="alert" className="jp-kfp-Panel-notice">
        {trans.__(
          'The server part of jupyter-kfp does not answer (%1). Install jupyter-kfp where Jupyter runs, and restart Jupyter.',
          problem
        )}
      </p>
    );
  }
  if (version !== null && version !== VERSION) {
    return (
      <p role="alert" className="jp-kfp-Panel-notice">
        {trans.__(
          'The server part has version %1, this page %2. Restart Jupyter and reload the page.',
          version,
          VERSION
        )}
      </p>
    );
  }
  return null;
}
