/**
 * The section with the graph: search, the graph, what is under the pointer, and the same as a list.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { FilterBox } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { ICarried, IGraphEdge, IGraphStep } from '../api/shapes';
import { selectCells } from '../cells';
import { CommandIDs } from '../ids';
import { bytes, stepWords } from '../running/words';
import { Graph } from './graph';
import { Marked } from './marked';
import type { ISectionProps } from './sections';
import type { SidebarState } from './state';
import { wanted } from './viewport';

const SEARCHED = 12; // steps from which on there is a search

export function PipelineSection({ state }: ISectionProps): React.ReactElement {
  const { pipeline, trans } = state;
  const [looked, setLooked] = React.useState<IGraphStep | IGraphEdge | null>(
    null
  );
  const [sought, setSought] = React.useState('');
  const graph = pipeline?.analysis?.graph;
  const found = React.useMemo(() => {
    const word = sought.trim().toLowerCase();
    const fits = (step: IGraphStep) =>
      `${step.name} ${step.title} ${step.gives.join(' ')}`
        .toLowerCase()
        .includes(word);
    return word && graph
      ? new Set(graph.steps.filter(fits).map(step => step.name))
      : null;
  }, [sought, graph]);
  const run = pipeline?.shownRun ?? null;
  const runStep = React.useCallback(
    (name: string) => pipeline?.runStep(name) ?? null,
    [pipeline, run]
  );
  if (!pipeline || !graph || graph.steps.length === 0) {
    return (
      <p className="jp-kfp-muted jp-kfp-pad">
        {pipeline
          ? trans.__('Steps appear here as you write code.')
          : trans.__('Open a notebook to see its pipeline.')}
      </p>
    );
  }
  const choose = (step: IGraphStep) => {
    state.chooseStep(step.name);
    void selectCells(pipeline.panel, step.cells);
  };
  const chosen = graph.steps.find(step => step.name === state.step) ?? null;
  return (
    <div className="jp-kfp-Pipeline">
      {graph.steps.length >= SEARCHED && (
        <FilterBox
          updateFilter={(_, query) => setSought(query ?? '')}
          placeholder={trans.__('Find a step')}
          useFuzzyFilter={false}
          caseSensitive={false}
        />
      )}
      <Graph
        graph={graph}
        runStep={runStep}
        chosen={state.step}
        found={found}
        onStep={choose}
        onLook={setLooked}
        clock={state.clock}
        trans={trans}
      />
      <Details state={state} what={looked ?? chosen} />
    </div>
  );
}

const BESIDE = 84; // pixels of the details below the graph
const SEARCH = 36; // of the search above it

/** The height in which the whole section is seen at that width. */
export function pipelineHeight(state: SidebarState, width: number): number {
  const graph = state.pipeline?.analysis?.graph;
  const steps = graph?.steps.length ?? 0;
  return graph && steps
    ? wanted(graph, width) + BESIDE + (steps >= SEARCHED ? SEARCH : 0)
    : 0;
}

/** What one wants to know of a step or an edge. */
function Details({
  state,
  what
}: {
  state: SidebarState;
  what: IGraphStep | IGraphEdge | null;
}): React.ReactElement {
  const { trans } = state;
  return (
    <div className="jp-kfp-Details" role="status">
      {what === null ? (
        <p className="jp-kfp-muted">
          {trans.__(
            'Click a step to see its cells; point at a line to see what passes along it.'
          )}
        </p>
      ) : 'from' in what ? (
        <EdgeDetails edge={what} trans={trans} />
      ) : (
        <StepDetails step={what} state={state} />
      )}
    </div>
  );
}

function EdgeDetails({
  edge,
  trans
}: {
  edge: IGraphEdge;
  trans: TranslationBundle;
}): React.ReactElement {
  return (
    <>
      <h3>
        {edge.from} → {edge.to}
      </h3>
      <ul className="jp-kfp-Names">
        {edge.names.map(name => (
          <li key={`${name.kind} ${name.name}`}>
            <code>{name.name}</code> <Carried name={name} trans={trans} />
          </li>
        ))}
      </ul>
      {edge.why.map(sentence => (
        <p key={sentence} className="jp-kfp-muted">
          <Marked text={sentence} />
        </p>
      ))}
    </>
  );
}

function Carried({
  name,
  trans
}: {
  name: ICarried;
  trans: TranslationBundle;
}): React.ReactElement {
  const kinds: Record<ICarried['kind'], string> = {
    state: '',
    file: trans.__('file'),
    after: trans.__('you said so'),
    order: trans.__('order counts'),
    caution: trans.__('to be safe')
  };
  const words = [
    kinds[name.kind],
    name.type ?? '',
    name.size === undefined ? '' : bytes(name.size)
  ];
  return (
    <span className="jp-kfp-muted">{words.filter(Boolean).join(' · ')}</span>
  );
}

function StepDetails({
  step,
  state
}: {
  step: IGraphStep;
  state: SidebarState;
}): React.ReactElement {
  const { trans, pipeline } = state;
  const ran = pipeline?.runStep(step.name) ?? null;
  const rows: [string, string[]][] = [
    [trans.__('gets'), step.gets_all ? [trans.__('everything')] : step.gets],
    [trans.__('gives'), step.gives_all ? [trans.__('everything')] : step.gives],
    [trans.__('parameters'), step.parameters],
    [trans.__('metrics'), step.metrics],
    [trans.__('reads'), step.reads_files],
    [trans.__('writes'), step.writes_files]
  ];
  return (
    <>
      <h3>
        {step.name}{' '}
        <span className="jp-kfp-muted">
          {trans._n('%1 cell', '%1 cells', step.cells.length)}
          {ran ? ` · ${stepWords(ran, trans)}` : ''}
        </span>
      </h3>
      <dl>
        {rows
          .filter(([, names]) => names.length > 0)
          .map(([label, names]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <code>{names.join(', ')}</code>
              </dd>
            </div>
          ))}
      </dl>
      <div className="jp-kfp-Buttons">
        <button
          type="button"
          className="jp-kfp-link"
          onClick={() => state.run(CommandIDs.renameStep, { step: step.name })}
        >
          {trans.__('Rename…')}
        </button>
        <button
          type="button"
          className="jp-kfp-link"
          onClick={() => state.run(CommandIDs.rerunFrom, { step: step.name })}
        >
          {trans.__('Run from here…')}
        </button>
      </div>
    </>
  );
}
