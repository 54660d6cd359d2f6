/**
 * Above the sections: whose pipeline it is, whether the server part fits, and the button that does all.
 */
import { Button, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { told } from '../api/client';
import { CommandIDs } from '../ids';
import { VERSION } from '../version';
import { Empty } from './empty';
import type { ISectionProps } from './sections';

export function Header({ state }: ISectionProps): React.ReactElement {
  const { pipeline, trans } = state;
  const problem = useServerProblem({ state });
  const steps = pipeline?.analysis?.graph.steps.length ?? 0;
  return (
    <div className="jp-kfp-Header">
      {problem && (
        <p role="alert" className="jp-kfp-notice" data-severity="error">
          {problem}
        </p>
      )}
      {pipeline && (
        <div className="jp-kfp-Header-title">
          <h2 title={pipeline.path}>
            {pipeline.analysis?.title ?? pipeline.path}
          </h2>
          <span className="jp-kfp-muted">
            {steps > 0 && trans._n('%1 step', '%1 steps', steps)}
          </span>
          <Button
            className="jp-mod-accept jp-mod-styled jp-kfp-Header-run"
            onClick={() => state.run(CommandIDs.run)}
            title={trans.__('Run this notebook as a pipeline')}
          >
            <runIcon.react tag="span" /> {trans.__('Run as pipeline')}
          </Button>
        </div>
      )}
      {pipeline?.problem && (
        <p role="alert" className="jp-kfp-notice" data-severity="warning">
          {pipeline.problem}
        </p>
      )}
      {!pipeline?.isTagged && <Empty state={state} />}
    </div>
  );
}

/** What is wrong with the server part; empty where it is there and of this version. */
function useServerProblem({ state }: ISectionProps): string {
  const [problem, setProblem] = React.useState('');
  React.useEffect(() => {
    let gone = false;
    const { trans } = state;
    state.client.health().then(
      ({ version }) => {
        if (!gone && version !== VERSION) {
          setProblem(
            trans.__(
              'The server part has version %1, this page %2. Restart Jupyter and reload the page.',
              version,
              VERSION
            )
          );
        }
      },
      (error: unknown) => {
        if (!gone) {
          setProblem(
            trans.__(
              'The server part of jupyter-kfp does not answer (%1). Install jupyter-kfp where Jupyter runs, and restart Jupyter.',
              told(error)
            )
          );
        }
      }
    );
    return () => {
      gone = true;
    };
  }, [state]);
  return problem;
}
